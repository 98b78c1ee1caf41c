# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The encrypted socket that paho uses, with what it forgets and swallows put right. Uses a socket."""

import select
import ssl
from collections.abc import Callable

_VERDICT_SECONDS = 0.5


class HandshakeCut(ConnectionError):
    """The other end closed the connection while the encryption was agreed upon."""


def tls_socket(alerted: Callable[[ssl.SSLError], None]) -> type[ssl.SSLSocket]:
    """A kind of socket for paho; `alerted` is told what the other end turned down."""

    class TlsSocket(ssl.SSLSocket):
        """Closes itself when the handshake fails, since paho forgets it open; tells of alerts, which paho swallows."""

        def do_handshake(self, block: bool = False) -> None:
            try:
                super().do_handshake(block)
                self._hear_verdict()
            except (ConnectionError, ssl.SSLEOFError) as error:
                self.close()
                raise HandshakeCut(str(error)) from error
            except OSError:
                self.close()
                raise

        def _hear_verdict(self) -> None:
            """TLS 1.3 turns a client's certificate down after the handshake, and what is sent then wipes out why."""
            if self.version() != "TLSv1.3" or not select.select([self], [], [], _VERDICT_SECONDS)[0]:
                return
            patience = self.gettimeout()
            self.settimeout(0)
            try:
                self.recv(1)  # a broker says nothing of its own before it is spoken to
            except ssl.SSLWantReadError:
                return
            finally:
                self.settimeout(patience)

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            try:
                return super().recv(buflen, flags)
            except ssl.SSLError as error:
                if "ALERT" in str(error.reason):
                    alerted(error)
                raise

    return TlsSocket
