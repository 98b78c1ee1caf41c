# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a folder is a stick's, by the disks that it was seen on."""

import os
from pathlib import Path

import pytest

from sync.delivery.books import Books
from sync.delivery.sticks import Sticks


def test_a_folder_that_comes_back_to_the_records_disk_has_lost_its_stick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, other = tmp_path / "stick", tmp_path / "other"
    mounted, stat = {stick}, Path.stat

    def told(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = stat(self, follow_symlinks=follow_symlinks)
        return os.stat_result((*found[:2], found.st_dev + (self in mounted), *found[3:10]))

    stick.mkdir()
    other.mkdir()
    with Books(tmp_path / "delivery.sqlite3") as books:
        sticks = Sticks(books, tmp_path)
        monkeypatch.setattr(Path, "stat", told)
        assert (sticks.lies("a", stick), sticks.lies("a", other)) == ("apart", "beside")
        mounted.clear()
        assert (sticks.lies("a", stick), sticks.lies("b", stick)) == ("gone", "beside")
        mounted.add(stick)
        assert sticks.lies("a", stick) == "apart"
