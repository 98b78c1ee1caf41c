# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A secret never shows, whatever is done to it; names cannot leave their folder."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.secret import Secret, checked_name, typed_secret

PLANTED = "pl4nted-s3cret"


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    host: str
    password: Secret


def test_gives_the_text_only_when_asked() -> None:
    assert Secret(PLANTED).reveal() == PLANTED


@pytest.mark.parametrize("around", ["", "\n", "\r\n", "\t"])
def test_what_was_pasted_loses_the_line_end_that_came_with_it(around: str) -> None:
    assert typed_secret(f"{around} {PLANTED} {around}").reveal() == f" {PLANTED} "


@pytest.mark.parametrize("inside", ["\n", "\r", "\0", "\x7f", "\x85"])
def test_a_control_character_within_is_refused_and_not_shown(inside: str) -> None:
    with pytest.raises(BadInput) as fault:
        typed_secret(f"{PLANTED}{inside}{PLANTED}")
    assert PLANTED not in "".join(traceback.format_exception(fault.value))


def test_no_text_form_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(PLANTED)
    settings = Settings("broker", secret)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r %s", secret, secret, settings)
    shown = [repr(secret), str(secret), f"{secret:>40}", repr(settings), repr([secret]), caplog.text]
    shown += [json.dumps({"password": secret}, default=str), repr(dataclasses.asdict(settings))]
    assert not [text for text in shown if PLANTED in text]
    assert repr(secret) == repr(Secret("other"))


def test_no_error_in_its_making_shows_it() -> None:
    with pytest.raises(BadInput) as caught:
        Secret(PLANTED + "\ud800")
    assert PLANTED not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_refuses_to_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Settings("broker", Secret(PLANTED)), protocol)


def test_refuses_json_hashing_and_change() -> None:
    secret = Secret(PLANTED)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)
    with pytest.raises(AttributeError):
        setattr(secret, "reveal", str)  # noqa: B010 - a plain assignment would not pass the type checker
    with pytest.raises(AttributeError):
        del secret.reveal
    assert not hasattr(secret, "__dict__")


def test_copies_are_the_secret_itself() -> None:
    secret = Secret(PLANTED)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret


def test_equal_by_text() -> None:
    assert Secret("ä") == Secret("ä")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_empty_is_refused() -> None:
    with pytest.raises(BadInput, match="must not be empty"):
        Secret("")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "-x", "a\n", "a b", "a:b", "é", "x" * 129]
)
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="name of a secret"):
        checked_name(name)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", fullmatch=True))
def test_plain_names_pass(name: str) -> None:
    assert checked_name(name) == name
