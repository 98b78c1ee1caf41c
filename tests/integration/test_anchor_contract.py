# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The contract, compiled and run by a Move compiler that is fetched for this test alone.

The compiler's licence allows testing and nothing else: it goes into the user's cache, never into the repository or a
package. Where it cannot be had (no npm, no network, another system) the tests are skipped, and say so.
"""

import base64
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import platformdirs
import pytest

from sync.anchor.abort import MEANINGS
from sync.anchor.call import FUNCTION, GET_ANCHOR, IS_ANCHORED, MODULE, PARAMETERS
from sync.anchor.ledger.chain import CONTRACT
from sync.anchor.ledger.contract import NAMES, VIEWS, short

ROOT = Path(__file__).parents[2]
CONTRACT_FOLDER = ROOT / "resources" / "move" / "iot_verification"
SUPPORT = ROOT / "tests" / "unit" / "sync" / "anchor"

PACKAGE = "@initia/builder.js@0.2.12"
ARCHIVE = "initia-builder.js-0.2.12.tgz"
SHA512 = "juvV5IEWNiPMzFLW53hh3e+wHax4a9ytox/DwgeplrTQJmWs1Y8+gQgWenjPwePtDG/lfGXaAuXZipjQeq9LrA=="
LIBRARIES = {"x86_64": "x86_64", "aarch64": "aarch64"}
FETCH_S, CALL_S = 50.0, 60.0

pytestmark = pytest.mark.xdist_group("anchor_contract")


@pytest.fixture(scope="module")
def libraries() -> Path:
    """The folder with the compiler's two libraries for this machine."""
    machine = LIBRARIES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        pytest.skip("NOT CHECKED: there is no Move compiler for this system")
    folder = platformdirs.user_cache_path("verifield-tests") / "move-0.2.12"
    if not (folder / "libmovevm.so").exists():
        _fetch(folder, machine)
    return folder


def _fetch(folder: Path, machine: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("NOT CHECKED: npm, by which the Move compiler is fetched, is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        fetched = subprocess.run(
            [npm, "pack", "--fetch-retries=1", PACKAGE], cwd=folder, capture_output=True, timeout=FETCH_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("NOT CHECKED: the Move compiler could not be fetched in time")
    archive = folder / ARCHIVE
    if fetched.returncode or not archive.exists():
        pytest.skip("NOT CHECKED: the Move compiler could not be fetched")
    assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == SHA512
    with tarfile.open(archive) as packed:
        for name in ("libcompiler", "libmovevm"):
            source = packed.extractfile(f"package/library/{name}.{machine}.so")
            assert source is not None
            draft = folder / f"{name}.draft"
            draft.write_bytes(source.read())
            draft.replace(folder / f"{name}.so")
    archive.unlink()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the contract that depends on the stand-in framework instead of the chain's."""
    shutil.copytree(CONTRACT_FOLDER, tmp_path / "contract")
    shutil.copytree(SUPPORT / "move_framework", tmp_path / "framework")
    manifest = tmp_path / "contract" / "Move.toml"
    own, _, _ = manifest.read_text().partition("[dependencies.AptosFramework]")
    own = own.replace('upgrade_policy = "immutable"\n', "")
    manifest.write_text(own + '[dependencies]\nAptosFramework = { local = "../framework" }\n')
    return tmp_path / "contract"


def _call(library: Path, what: str, path: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SUPPORT / "move_call.py"), str(library), what, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=CALL_S,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def _passed(said: str) -> int:
    found = re.search(r"Test result: OK. Total tests: (\d+); passed: (\d+); failed: 0", said)
    return int(found[2]) if found and found[1] == found[2] else 0


def test_the_contracts_own_tests_pass(libraries: Path, package: Path) -> None:
    status, said = _call(libraries / "libcompiler.so", "test", package)
    written = (CONTRACT_FOLDER / "tests" / "iot_verification_tests.move").read_text().count("#[test(")
    assert status == 0, said[-2000:]
    assert _passed(said) == written > 20


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("assert!(!table::contains(&registry.anchors, key), error::already_exists(E_ALREADY_ANCHORED));", ""),
        ("assert!(may_store(&registry.operators, project_id, by), error::permission_denied(E_NOT_OPERATOR));", ""),
        ("high * 16 + low", "low * 16 + high"),
        ("digit >= 97 && digit <= 102", "digit >= 65 && digit <= 102"),
        ("vector::swap_remove(operators, place);", "place;"),
        ("assert!(timestamp <= anchored_at, error::invalid_argument(E_FROM_THE_FUTURE));", ""),
    ],
)
def test_a_broken_contract_fails_them(libraries: Path, package: Path, right: str, wrong: str) -> None:
    source = package / "sources" / "iot_verification.move"
    text = source.read_text()
    assert text.count(right) == 1
    source.write_text(text.replace(right, wrong))
    _, said = _call(libraries / "libcompiler.so", "test", package)
    assert "Running Move unit tests" in said, "the broken contract must compile, or this shows nothing"
    assert _passed(said) == 0


def test_the_client_calls_what_the_contract_offers(libraries: Path, package: Path) -> None:
    status, said = _call(libraries / "libcompiler.so", "build", package)
    assert status == 0, said[-2000:]
    (module,) = (package / "build").rglob(f"bytecode_modules/{MODULE}.mv")
    status, said = _call(libraries / "libmovevm.so", "decode", module)
    assert status == 0, said[-2000:]
    abi = json.loads(said[said.index("{") :])
    functions = {each["name"]: each for each in abi["exposed_functions"]}
    entry = functions[FUNCTION]
    assert entry["is_entry"]
    assert tuple(entry["params"]) == PARAMETERS
    for view in (IS_ANCHORED, GET_ANCHOR):
        assert tuple(functions[view]["params"]) == ("0x1::string::String",) * 2
    assert functions[GET_ANCHOR]["return"] == ["u64", "0x1::string::String", "u64", "u64", "address"]
    assert all(functions[view]["is_view"] for view in VIEWS)
    anchored = next(each for each in abi["structs"] if each["name"] == "Anchored")
    assert [field["name"] for field in anchored["fields"]] == [
        "project_id", "data_hash", "quality_score", "verification_level", "timestamp", "anchored_at", "operator",
    ]  # fmt: skip


def test_the_local_ledger_and_the_contract_name_the_same_errors() -> None:
    text = (CONTRACT_FOLDER / "sources" / "iot_verification.move").read_text()
    numbers = {name: int(number) for name, number in re.findall(r"const (E_\w+): u64 = (\d+);", text)}
    assert numbers == {name: code & 0xFFF for code, name in NAMES.items()}
    categories = {
        "invalid_argument": 1,
        "invalid_state": 3,
        "permission_denied": 5,
        "not_found": 6,
        "already_exists": 8,
    }
    for kind, name in re.findall(r"error::(\w+)\((E_\w+)\)", text):
        assert NAMES[(categories[kind] << 16) + numbers[name]] == name
    assert set(MEANINGS) <= set(numbers.values())
    assert f'verifield = "{short(CONTRACT)}"' in (CONTRACT_FOLDER / "Move.toml").read_text()
