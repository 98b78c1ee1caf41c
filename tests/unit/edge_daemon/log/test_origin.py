# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log's name says whether it was measured or simulated."""

import re

import pytest

from edge_daemon.log.origin import is_demo, new_origin


def test_origins_of_a_station_and_of_a_demo() -> None:
    random = bytes(range(16))
    assert new_origin(random, demo=False) == "verifield/log/000102030405060708090a0b0c0d0e0f"
    assert new_origin(random, demo=True) == "verifield/demo/000102030405060708090a0b0c0d0e0f"
    assert is_demo(new_origin(random, demo=True))
    assert not is_demo(new_origin(random, demo=False))


@pytest.mark.parametrize("length", [0, 15, 17])
def test_too_little_randomness_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length}"):
        new_origin(bytes(length), demo=False)


@pytest.mark.parametrize(
    "origin",
    ["", "verifield/log/", "verifield/log/" + "0" * 31, "verifield/log/" + "0" * 33, "verifield/log/" + "A" * 32,
     "verifield/other/" + "0" * 32, "x/verifield/log/" + "0" * 32, "verifield/demo/" + "0" * 32 + "\n"],
)  # fmt: skip
def test_anything_else_is_refused_by_name(origin: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(origin))):
        is_demo(origin)
