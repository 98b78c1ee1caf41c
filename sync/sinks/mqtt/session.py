# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One connection to a broker, from its opening to its end: it is never revived, and keeps no queue. Opens a socket.

paho resends by itself what was under way when a connection broke. Here the log is the queue and the cursor says what
has to go out again, so each connection begins with a client that knows nothing of the one before.
"""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.secrets.secret import Secret
from sync.sinks.mqtt.encryption import wrong_way
from sync.sinks.mqtt.reasons import outcome_of_end
from sync.sinks.mqtt.tls_socket import HandshakeCut, tls_socket
from sync.sinks.sink import Later, Stopped

KEEP_ALIVE_SECONDS = 60
_LOST_SECONDS = 6
_PACKET_OVERHEAD = 16
"""Bytes of a PUBLISH besides topic and payload, at most."""


@dataclass(frozen=True, slots=True)
class Will:
    """A retained message that the broker publishes when the connection is lost."""

    topic: str
    payload: bytes


class PassPhraseWanted(Exception):
    """The client's key is protected by a pass phrase."""


def _no_pass_phrase() -> str:
    # Without this OpenSSL asks for it on the terminal, and waits there.
    raise PassPhraseWanted


class Session:
    """Used by one thread, which lets it move on by `pump`. `end` is set once the connection is over.

    `reached`: the broker's port answered, with encryption if it is wanted; `connected`: the broker let the station in.
    """

    def __init__(
        self, destination: MqttDestination, secret: Secret | None, client_id: str, will: Will | None = None
    ) -> None:
        """Raises OSError where a certificate file cannot be used (`ssl.SSLError` is one), PassPhraseWanted."""
        self.end: Later | Stopped | None = None
        self.reached = self.connected = False
        self.receive_maximum = 65_535
        self.packet_maximum: int | None = None
        self.acknowledged: dict[int, tuple[int, str]] = {}
        self.subscribed: int | None = None
        self.unsubscribed = False
        self.on_message: Callable[[bytes], None] | None = None
        self.heard: dict[str, Callable[[bytes], None]] = {}
        self._destination = destination
        self._awaited: set[int] = set()
        self._unheeded: set[int] = set()
        self._heard_s = 0.0
        self._alert: ssl.SSLError | None = None
        self._client = self._made_client(destination, secret, client_id)
        if will:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)

    @property
    def unacknowledged(self) -> int:
        """Messages that were sent and not yet acknowledged."""
        return len(self._awaited)

    @property
    def unanswered_seconds(self) -> float:
        """How long the broker has said nothing while something waits for its answer; 0 where nothing does."""
        return time.monotonic() - self._heard_s if self._awaited else 0.0

    def open(self) -> Future[None]:
        """Begin to connect, in a thread of its own: names and handshakes cannot be interrupted."""
        opened: Future[None] = Future()
        threading.Thread(target=self._connect, args=(opened,), name="mqtt connect", daemon=True).start()
        return opened

    def examine(self) -> Future[None]:
        """The port has answered, and then not let the station in: see in a thread of its own whether it is for TLS."""
        examined: Future[None] = Future()
        if self._destination.tls or not self.reached or self.connected or isinstance(self.end, Stopped):
            examined.set_result(None)
        else:
            threading.Thread(target=self._examine, args=(examined,), name="mqtt probe", daemon=True).start()
        return examined

    def pump(self, seconds: float) -> None:
        """Send and receive what there is; wait at most this long for something to arrive."""
        if self.end is None:
            rc = self._client.loop(seconds)
            if rc != 0 and self.end is None:
                self.end = Later(f"the connection to the broker broke ({rc.name})")

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, heeded: bool = True) -> int:
        """Send a message; its number will be among `acknowledged` if the answer is `heeded`."""
        number = self._client.publish(topic, payload, qos=1, retain=retain).mid
        if not self._awaited:
            self._heard_s = time.monotonic()
        self._awaited.add(number)
        if not heeded:
            self._unheeded.add(number)
        return number

    def fits(self, topic: str, payload: bytes) -> bool:
        """Whether the broker takes packets of this size."""
        if self.packet_maximum is None:
            return True
        return len(payload) + len(topic.encode()) + _PACKET_OVERHEAD <= self.packet_maximum

    def subscribe(self, topic: str) -> None:
        """Ask for a topic, one at a time; `subscribed` becomes the code of the answer.

        What comes on it is told to `heard` of that topic, or else to `on_message`.
        """
        self.subscribed = None
        self._client.subscribe(topic, qos=1)

    def unsubscribe(self, topic: str) -> None:
        """Ask for the topic no more; `unsubscribed` becomes true with the answer, and changes nothing where it was not
        asked for."""
        self.unsubscribed = False
        self._client.unsubscribe(topic)

    def disconnect(self) -> None:
        """End the connection properly: the broker forgets the will."""
        if self.end is None:
            self.end = Later("the connection is closed")
            self._client.disconnect()

    def abandon(self) -> None:
        """Cut the connection, as a broken link does: the broker publishes the will."""
        self.end = self.end or Later("the connection was given up")
        used = self._client.socket()
        if isinstance(used, socket.socket):
            with suppress(OSError):
                used.close()

    def _connect(self, opened: Future[None]) -> None:
        try:
            self._client.connect(self._destination.host, self._destination.port, KEEP_ALIVE_SECONDS)
            self.reached = True
        except ssl.SSLCertVerificationError as error:
            self.end = Stopped(f"the broker's certificate was not accepted: {error.verify_message}", _CERTIFICATE)
        except HandshakeCut as error:
            words = f"the broker broke off the encrypted greeting; does this port speak TLS? ({error})"
            self.end = wrong_way(self._destination) or Later(words, answered=True)
        except ssl.SSLError as error:
            self.end = _not_understood(error)
        except OSError as error:
            self.end = Later(f"no connection to the broker ({type(error).__name__}: {error})")
        except UnicodeError:
            self.end = Stopped("the broker's host name is no name that the network knows", "Correct the host name.")
        finally:
            if self.end is not None:
                self.abandon()
            opened.set_result(None)

    def _examine(self, examined: Future[None]) -> None:
        try:
            self.end = wrong_way(self._destination) or self.end
        finally:
            examined.set_result(None)

    def _made_client(self, destination: MqttDestination, secret: Secret | None, client_id: str) -> Client:
        protocol = MQTTv5 if destination.protocol == 5 else MQTTv311
        client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=protocol, reconnect_on_failure=False)
        if destination.username:
            client.username_pw_set(destination.username, secret.reveal() if secret else None)
        if destination.tls:
            context = ssl.create_default_context(cafile=destination.ca_file or None)
            context.sslsocket_class = tls_socket(self._alerted)
            if destination.client_certificate:
                certificate, key = destination.client_certificate, destination.client_key
                context.load_cert_chain(certificate, key, password=_no_pass_phrase)
            client.tls_set_context(context)
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        client.on_socket_open = _on_socket_open
        return client

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, told: Properties | None
    ) -> None:
        if code.is_failure:
            self.end = self.end or outcome_of_end(code.value, str(code))
            return
        self.receive_maximum = getattr(told, "ReceiveMaximum", self.receive_maximum)
        self.packet_maximum = getattr(told, "MaximumPacketSize", None)
        self.connected = True

    def _on_disconnect(
        self, _client: Client, _data: object, flags: DisconnectFlags, code: ReasonCode, _told: Properties | None
    ) -> None:
        if self.end is None and self._alert is not None and not self.connected:
            self.end = _not_understood(self._alert)
        elif self.end is None and flags.is_disconnect_packet_from_server:
            self.end = outcome_of_end(code.value, str(code))
        elif self.end is None:
            self.end = Later("the connection to the broker broke")

    def _alerted(self, error: ssl.SSLError) -> None:
        self._alert = error

    def _on_publish(
        self, _client: Client, _data: object, number: int, code: ReasonCode, _told: Properties | None
    ) -> None:
        self._heard_s = time.monotonic()
        if number in self._awaited:
            self._awaited.discard(number)
            if number in self._unheeded:
                self._unheeded.discard(number)
            else:
                self.acknowledged[number] = (code.value, str(code))

    def _on_subscribe(
        self, _client: Client, _data: object, _number: int, codes: list[ReasonCode], _told: Properties | None
    ) -> None:
        self.subscribed = max(code.value for code in codes)

    def _on_unsubscribe(
        self, _client: Client, _data: object, _number: int, _codes: list[ReasonCode], _told: Properties | None
    ) -> None:
        self.unsubscribed = True

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        hear = self.heard.get(message.topic, self.on_message)
        if hear is not None:
            hear(bytes(message.payload))


_PORT = "Compare port and encryption with the broker's: a port that speaks no TLS is used with encryption switched off."
_CLIENT = (
    "The broker turned this station's certificate down, or asks for one: ask whoever runs it for a client certificate "
    "and its key, and choose their files in the settings of this destination."
)
_CERTIFICATE = (
    "Check the laptop's date and the broker's host name; if both are right, choose the file of the authority (CA) "
    "that signed the broker's certificate."
)


def _not_understood(error: ssl.SSLError) -> Stopped:
    """What an end of the encryption means that is neither the network's nor the certificate's fault."""
    words = f"the broker and this laptop do not agree on the encryption ({error.reason or error})"
    return Stopped(words, _CLIENT if "ALERT" in str(error.reason) else _PORT)


def _on_socket_open(_client: Client, _data: object, used: object) -> None:
    if not isinstance(used, socket.socket):
        return
    used.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    used.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        # The system's own patience with a dead link is many minutes.
        used.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _LOST_SECONDS * 1000)
        used.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 3)
        used.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        used.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
