# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The page as a file: one, self-contained, the same each time, and where it is put."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from sync.evidence import form
from sync.verify_page import NAME, WORKER, page_bytes, parts_folder, put_page


def test_the_page_holds_everything_and_names_nothing_outside() -> None:
    text = page_bytes().decode()
    assert page_bytes() == page_bytes()
    assert not re.search(r"https?://|\bimport\b|<link|\bsrc=|\{\{", text)
    for name in WORKER:
        last_line = (parts_folder() / name).read_text(encoding="utf-8").strip().split("\n")[-4:]
        assert "\n".join(last_line) in text
    assert {path.name for path in parts_folder().iterdir()} == {*WORKER, "page.html", "page.js", "style.css"}


def test_the_policy_allows_the_page_its_own_script_and_style_only() -> None:
    text = page_bytes().decode()
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    script = text.rsplit("<script>", 1)[1].split("</script>", 1)[0]
    style = text.split("<style>", 1)[1].split("</style>", 1)[0]
    for content in (script, style):
        assert b64encode(sha256(content.encode()).digest()).decode() in policy[1]
    assert policy[1].startswith("default-src 'none';")
    assert "unsafe" not in policy[1]


def test_the_page_speaks_of_the_form_that_is_written() -> None:
    text = page_bytes().decode()
    assert f'const FORMAT = "{form.FORMAT}"' in text
    listed = re.search(r"const CONTEXT_TYPES = new Set\(\[(.*?)\]\)", text, re.DOTALL)
    notable = re.search(r"const NOTABLE_TYPES = new Set\(\[(.*?)\]\)", text, re.DOTALL)
    assert listed is not None
    assert notable is not None
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(CONTEXT_TYPES)
    assert set(re.findall(r'"(\w+)"', notable[1])) == set(form.NOTABLE_TYPES)


def test_the_page_is_put_into_a_folder_or_beside_a_zip_file_and_replaces_nothing(tmp_path: Path) -> None:
    folder, packed = tmp_path / "b", tmp_path / "c.zip"
    folder.mkdir()
    packed.touch()
    content = page_bytes()
    assert put_page(folder) == (folder / NAME, sha256(content).hexdigest())
    assert put_page(packed)[0] == put_page(packed)[0] == tmp_path / NAME
    (tmp_path / NAME).write_text("mine", encoding="utf-8")
    assert put_page(packed)[0] == tmp_path / f"c.{NAME}"
    assert (tmp_path / NAME).read_text(encoding="utf-8") == "mine"
    (tmp_path / f"c.{NAME}").write_text("mine too", encoding="utf-8")
    with pytest.raises(BadInput, match="other files"):
        put_page(packed)
