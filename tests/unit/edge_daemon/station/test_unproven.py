# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The list of sensors whose model is to be proven: kept, found again, and refused where it is damaged."""

from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.private_file import write_private
from edge_daemon.station.unproven import FILE_NAME, Finding, UnprovenModels

FOUND = Finding("usb:0403:6001:A5", ("senseair_k30", "senseair_s8"), "compare the label")


def test_what_is_put_is_there_for_another_process(tmp_path: Path) -> None:
    kept = UnprovenModels(tmp_path)
    assert kept.all() == {}
    kept.put("vent", None)
    kept.put("hut", FOUND)
    assert UnprovenModels(tmp_path).all() == {"hut": FOUND, "vent": None}
    kept.drop("vent")
    kept.drop("nobody")
    assert UnprovenModels(tmp_path).all() == {"hut": FOUND}


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"a": {"port": "x"}}', b'{"a": {"port": "", "models": 1, "detail": ""}}']
)
def test_a_damaged_list_is_named_and_never_written_over(tmp_path: Path, content: bytes) -> None:
    write_private(tmp_path / FILE_NAME, content)
    kept = UnprovenModels(tmp_path)
    with pytest.raises(BadInput, match=FILE_NAME):
        kept.all()
    with pytest.raises(BadInput, match=FILE_NAME):
        kept.put("vent", None)
    assert (tmp_path / FILE_NAME).read_bytes() == content
