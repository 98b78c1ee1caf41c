# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where data is delivered to: typed settings, to and from a plain mapping. Never a secret in them. Pure.

Passwords and tokens lie in the place for secrets under the name that `secret_name` tells.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import ClassVar, Literal

from edge_daemon.domain.faults import BadInput

TLS_PORT, PLAIN_PORT = 8883, 1883
HIDDEN = "(hidden)"
LONGEST_WINDOW_S = 3600
USUAL_WINDOW_S = 60
"""So long after its answer, databases have written what they took, and brokers have handed it on."""

HashForm = Literal["sorted_json", "rfc8785"]
Plain = bool | int | str

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", re.ASCII)
_URL = re.compile(
    r"(https?)://([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(/[^\s?#@]*)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class MqttDestination:
    """A broker. `protocol` 5 is MQTT 5, 4 is MQTT 3.1.1. Files are named by their path.

    `hash_form` is what `local_hash` is computed over: JSON with sorted keys as Python writes it, or RFC 8785. On
    `receipt_topic`, where one is named, the receiver says what it has stored. `hours`: hourly summaries go out too;
    where not, none is sent and delivery passes them by. `same_data_as`: see `account_identity`; `resend_window_s`: see
    `InfluxDestination`.
    """

    kind: ClassVar[str] = "mqtt"
    name: str
    host: str
    port: int = TLS_PORT
    tls: bool = True
    ca_file: str = ""
    username: str = ""
    client_certificate: str = ""
    client_key: str = ""
    protocol: Literal[4, 5] = 5
    hash_form: HashForm = "sorted_json"
    receipt_topic: str = ""
    hours: bool = True
    same_data_as: str = ""
    resend_window_s: int = USUAL_WINDOW_S

    @property
    def secret_name(self) -> str:
        """The password's name in the place for secrets."""
        return f"mqtt.{self.name}.password"

    @property
    def needs_secret(self) -> bool:
        """A user name without a password is of no use to any broker."""
        return bool(self.username)


@dataclass(frozen=True, slots=True)
class InfluxDestination:
    """A bucket of an InfluxDB 2 server. `same_data_as`: see `account_identity`.

    `resend_window_s`: a far end that does not say whether it died is believed to hold what it acknowledged once its
    connections have held for so many seconds after it, and each sync waits for that; until then it goes out again. With
    0 it goes out once more with the next sync, and that is enough: two crashes in a row may cost readings there.
    """

    kind: ClassVar[str] = "influxdb"
    name: str
    url: str
    organisation: str
    bucket: str
    same_data_as: str = ""
    resend_window_s: int = USUAL_WINDOW_S

    @property
    def secret_name(self) -> str:
        """The token's name in the place for secrets."""
        return f"influxdb.{self.name}.token"

    @property
    def needs_secret(self) -> bool:
        """A server accepts nothing without its token."""
        return True


@dataclass(frozen=True, slots=True)
class FileDestination:
    """A folder, e.g. on a memory stick. `same_data_as`: see `account_identity`."""

    kind: ClassVar[str] = "file"
    name: str
    folder: str
    same_data_as: str = ""

    @property
    def secret_name(self) -> str:
        """None: a folder has no password."""
        return ""

    @property
    def needs_secret(self) -> bool:
        """Never."""
        return False


Destination = MqttDestination | InfluxDestination | FileDestination

_DEFAULT_PORTS = {"http": 80, "https": 443}


def identity(destination: Destination) -> str:
    """What makes it this place and no other, as a text: kind and address, whatever it is called or logs in with."""
    match destination:
        case InfluxDestination():
            return json.dumps(
                [destination.kind, _plain_url(destination.url), destination.organisation, destination.bucket]
            )
        case MqttDestination():
            return json.dumps([destination.kind, destination.host.lower(), destination.port])
        case FileDestination():
            return json.dumps([destination.kind, destination.folder.rstrip("/\\") or destination.folder])


def account_identity(destination: Destination) -> str:
    """Whose account of what was delivered goes on here: its own, or that of the address where the same data was before.

    A person says so as `same_data_as`; otherwise another place begins with nothing delivered.
    """
    return destination.same_data_as or identity(destination)


def to_plain(destination: Destination) -> dict[str, Plain]:
    """The settings without the name, ready to be written; what is empty is left out."""
    plain = {field.name: getattr(destination, field.name) for field in fields(destination) if field.name != "name"}
    return {"kind": destination.kind} | {name: value for name, value in plain.items() if value != ""}


def from_plain(name: str, plain: Mapping[str, object]) -> Destination:
    """The destination of this name.

    Raises BadInput naming the field: one that is not known, missing, of the wrong type or out of its range.
    """
    if not _NAME.fullmatch(name):
        raise BadInput("name", name, "use 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first")
    makers: dict[str, Callable[[str, Mapping[str, object]], Destination]] = {
        MqttDestination.kind: _mqtt,
        InfluxDestination.kind: _influx,
        FileDestination.kind: _file,
    }
    kind = plain.get("kind")
    if not isinstance(kind, str) or kind not in makers:
        raise BadInput("kind", kind, f"one of {', '.join(makers)} is needed")
    return makers[kind](name, plain)


def _mqtt(name: str, plain: Mapping[str, object]) -> MqttDestination:
    _known(MqttDestination, plain)
    tls = _flag(plain, "tls", default=_whole(plain, "port", TLS_PORT) != PLAIN_PORT)
    port = _whole(plain, "port", TLS_PORT if tls else PLAIN_PORT)
    if not 1 <= port <= 65_535:
        raise BadInput("port", port, "a TCP port from 1 to 65535 is needed")
    if port == TLS_PORT and not tls:
        raise BadInput("tls", tls, f"port {TLS_PORT} speaks TLS; use another port for a broker without it")
    if bool(_text(plain, "client_certificate")) != bool(_text(plain, "client_key")):
        missing = "client_key" if _text(plain, "client_certificate") else "client_certificate"
        raise BadInput(missing, "", "a client's certificate and its key come together")
    protocol, form = _whole(plain, "protocol", 5), _text(plain, "hash_form") or "sorted_json"
    if protocol not in {4, 5}:
        raise BadInput("protocol", protocol, "5 (MQTT 5) or 4 (MQTT 3.1.1) is needed")
    if form not in {"sorted_json", "rfc8785"}:
        raise BadInput("hash_form", form, "sorted_json or rfc8785 is needed")
    return MqttDestination(
        name=name,
        host=_matching(plain, "host", _HOST, "a broker's host name or address alone is needed, e.g. broker.example"),
        port=port,
        tls=tls,
        ca_file=_text(plain, "ca_file"),
        username=_text(plain, "username"),
        client_certificate=_text(plain, "client_certificate"),
        client_key=_text(plain, "client_key"),
        protocol=4 if protocol == 4 else 5,
        hash_form="rfc8785" if form == "rfc8785" else "sorted_json",
        receipt_topic=_topic(plain, "receipt_topic"),
        hours=_flag(plain, "hours", default=True),
        same_data_as=_text(plain, "same_data_as"),
        resend_window_s=_window(plain),
    )


def _influx(name: str, plain: Mapping[str, object]) -> InfluxDestination:
    _known(InfluxDestination, plain)
    needed = "http:// or https:// with host and port is needed, without user, password or query"
    return InfluxDestination(
        name=name,
        url=_matching(plain, "url", _URL, needed),
        organisation=_needed(plain, "organisation"),
        bucket=_needed(plain, "bucket"),
        same_data_as=_text(plain, "same_data_as"),
        resend_window_s=_window(plain),
    )


def _file(name: str, plain: Mapping[str, object]) -> FileDestination:
    _known(FileDestination, plain)
    return FileDestination(name=name, folder=_needed(plain, "folder"), same_data_as=_text(plain, "same_data_as"))


def _window(plain: Mapping[str, object]) -> int:
    seconds = _whole(plain, "resend_window_s", USUAL_WINDOW_S)
    if not 0 <= seconds <= LONGEST_WINDOW_S:
        raise BadInput("resend_window_s", seconds, f"seconds from 0 to {LONGEST_WINDOW_S} are needed")
    return seconds


def _plain_url(url: str) -> str:
    """One text for all ways to write the address."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return url
    scheme, host, port, path = parts.groups(default="")
    return f"{scheme.lower()}://{host.lower()}:{int(port or _DEFAULT_PORTS[scheme.lower()])}{path.rstrip('/')}"


def _known(kind: type[Destination], plain: Mapping[str, object]) -> None:
    known = {field.name for field in fields(kind)} - {"name"} | {"kind"}
    for given in plain:
        if given not in known:
            raise BadInput(given, HIDDEN, f"fields of such a destination are {', '.join(sorted(known))}")
    for field in fields(kind):
        if field.default is MISSING and field.name != "name" and field.name not in plain:
            raise BadInput(field.name, None, "the field is missing")


def _text(plain: Mapping[str, object], field: str) -> str:
    value = plain.get(field, "")
    if not isinstance(value, str) or any(ord(character) < 32 for character in value):
        raise BadInput(field, _shown(value), "a text in one line is needed")
    return value


def _needed(plain: Mapping[str, object], field: str) -> str:
    value = _text(plain, field)
    if not value.strip():
        raise BadInput(field, value, "a text that is not empty is needed")
    return value


def _matching(plain: Mapping[str, object], field: str, form: re.Pattern[str], needed: str) -> str:
    value = _needed(plain, field)
    if not form.fullmatch(value):
        raise BadInput(field, _shown(value), needed)
    return value


def _topic(plain: Mapping[str, object], field: str) -> str:
    value = _text(plain, field)
    if "+" in value or "#" in value:
        raise BadInput(field, value, "a topic without wildcards is needed")
    return value


def _flag(plain: Mapping[str, object], field: str, *, default: bool) -> bool:
    value = plain.get(field, default)
    if not isinstance(value, bool):
        raise BadInput(field, _shown(value), "true or false is needed")
    return value


def _whole(plain: Mapping[str, object], field: str, default: int) -> int:
    value = plain.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(field, _shown(value), "a whole number is needed")
    return value


def _shown(value: object) -> object:
    """The value as an error may show it: an address can carry a password before its `@`, or a token in its query."""
    return HIDDEN if isinstance(value, str) and ("@" in value or "?" in value) else value
