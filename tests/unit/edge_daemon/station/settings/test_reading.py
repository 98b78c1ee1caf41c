# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings files and given secrets are read strictly, and an error never shows what may be a secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput
from edge_daemon.station.settings.reading import LARGEST_BYTES, read_own_settings, read_secrets, read_settings

texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)
names = st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True)


@given(st.dictionaries(names, texts, max_size=5))
def test_secrets_come_as_json_or_as_lines(secrets: dict[str, str]) -> None:
    assert read_secrets(json.dumps(secrets).encode()) == secrets
    assert read_secrets("".join(f"{name}={text}\n" for name, text in secrets.items()).encode()) == secrets


def test_a_secret_may_hold_what_looks_like_a_separator() -> None:
    assert read_secrets(b"\nmqtt.m.password=a=b #c \n") == {"mqtt.m.password": "a=b #c "}
    assert read_secrets(b"") == {}


@pytest.mark.parametrize(
    "data",
    [
        b"hunter2",
        b"=hunter2",
        b"name=",
        b'{"name": hunter2}',
        b'{"hunter2": 5}',
        b'{"hunter2": ""}',
        b'{"name": ["hunter2"]}',
        b"hunter2\xff",
        b"a=" + b"hunter2" * LARGEST_BYTES,
    ],
    ids=range(9),
)
def test_secrets_in_a_wrong_form_are_refused_unseen(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_secrets(data)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "format"),
        (b"format = 'other'", "format"),
        (b"{", "JSON"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"= 3", "TOML"),
        (b"\xff", "UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "at most"),
    ],
    ids=["empty", "other", "cut", "repeated", "no-toml", "no-text", "huge"],
)
def test_what_is_no_settings_file_is_refused_whole(data: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_settings(data)


def test_provision_takes_our_own_form_only() -> None:
    with pytest.raises(BadInput, match="import"):
        read_own_settings(b' {"device_id": "x"}')


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | texts,
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["sensors", "mqtt", "port", "model", "broker", "location", "value_range", "a"]),
                        inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_object_is_read_and_each_wrong_field_is_noted(content: object) -> None:
    document = {"device_id": content, "sensors": {"x": content}, "mqtt": content, "location": content, "extra": content}
    draft = read_settings(json.dumps(document).encode())
    if not isinstance(content, str) and content is not None:
        assert "device_id" in {field.path for field in draft.fields}
    assert content is None or "extra" in {field.path for field in draft.fields}
