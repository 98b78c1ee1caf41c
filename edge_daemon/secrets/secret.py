# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A secret that cannot be shown by accident, and the names that secrets go by. Pure."""

import hmac
import re
from typing import NoReturn, Self

from edge_daemon.domain.faults import BadInput

HIDDEN = "(hidden)"

# Also valid as a file name and as a systemd credential's name.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


class Secret:
    """A password, passphrase or private key as text. Only `reveal()` gives it out.

    Its `repr`, `str` and formatted text are the same for every secret, it has no `__dict__`, and it cannot be pickled
    or written as JSON: it reaches no log, error, file or other process unless somebody writes `reveal()`.
    """

    __slots__ = ("__text",)
    __text: str

    def __init__(self, text: str) -> None:
        """Hold `text`.

        Raises:
            BadInput: it is empty or not valid Unicode. The error never holds the text.
        """
        if not text:
            raise BadInput("secret", "", "it must not be empty")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise BadInput("secret", HIDDEN, "it must be valid Unicode text")
        object.__setattr__(self, "_Secret__text", text)

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self.__text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.__text.encode())

    # A hash would tell two secrets apart wherever it is shown.
    __hash__ = None  # type: ignore[assignment]  # the documented way to say "not hashable"

    def __repr__(self) -> str:
        return f"Secret{HIDDEN}"

    __str__ = __repr__

    def __format__(self, _format: str) -> str:
        return repr(self)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def typed_secret(text: str) -> Secret:
    """The secret that a person typed or pasted: line ends around it belong to the way it came, and are left out.

    Raises:
        BadInput: nothing is left, or a control character stands in it. The error never holds the text.
    """
    text = text.strip("\r\n\t")
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise BadInput("secret", HIDDEN, "a line break or another control character stands in it: copy it once more")
    return Secret(text)


def checked_name(name: str) -> str:
    """Return `name` if it can be one: 1 to 128 of letters, digits, `.`, `_` and `-`; a letter or digit first.

    Raises:
        BadInput: anything else.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            "name of a secret", name, "use 1 to 128 letters, digits, '.', '_' or '-', a letter or digit first"
        )
    return name
