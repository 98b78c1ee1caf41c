# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A token that no request can carry is refused in words that never show it."""

import traceback

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.secret import Secret
from sync.sinks.influxdb.connection import Connection

PLANTED = "pl4nted-t0ken"


@pytest.mark.parametrize("wrong", ["\n", "\r\n", "\0", "é", "\u2028", " \t"])
def test_it_is_refused_before_anything_is_sent(wrong: str) -> None:
    with pytest.raises(BadInput) as fault:
        Connection("http://127.0.0.1:1", "org", Secret(f"{PLANTED}{wrong}"))
    assert PLANTED not in "".join(traceback.format_exception(fault.value))
    assert "one line" in str(fault.value)
