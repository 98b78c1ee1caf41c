# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A stick's way: written by the station, delivered by another machine, and the receipt that moves the cursor here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import tomli_w

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.private_file import write_private
from sync.sinks.file.bundle import manifest_of, parts_of
from sync.sinks.file.receipt import write_receipt
from tests.unit.sync.influx_stand_in import TOKEN, Answer, Bucket, influx
from tests.unit.sync.recorded import ORIGIN, T0, Recorded

READINGS = 400


def given(name: str) -> bytes:
    return json.dumps({f"influxdb.{name}.token": TOKEN}).encode()


def command(home: Path, *words: str, secrets: bytes = b"", status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sync", *words, "--home", str(home)],
        input=secrets,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == status, (done.stdout + done.stderr)[-2000:].decode()
    assert TOKEN.encode() not in done.stdout + done.stderr
    return done.stdout.decode()


def home_of(folder: Path, destinations: dict[str, dict[str, str]]) -> Path:
    folder.mkdir(mode=0o700)
    write_private(folder / "destinations.toml", tomli_w.dumps({"destinations": destinations}).encode())
    return folder


def database(url: str) -> dict[str, str]:
    return {"kind": "influxdb", "url": url, "organisation": "org", "bucket": "bucket"}


def station(tmp_path: Path, url: str) -> tuple[Path, Path, Recorded]:
    stick = tmp_path / "stick"
    stick.mkdir()
    home = home_of(tmp_path / "station", {"cloud": database(url), "stick": {"kind": "file", "folder": str(stick)}})
    log = Recorded().begin()
    log.readings("a", log.sensor("a"), READINGS)
    log.write(home / "buffer.sqlite3")
    return home, stick, log


def balances(home: Path) -> dict[str, tuple[int, int, int]]:
    told: dict[str, Any] = json.loads(command(home, "status", "--json"))
    assert not told["alarms"]
    return {
        item["destination"]: tuple(item["balances"][0][name] for name in ("delivered", "waiting", "aside"))
        for item in told["destinations"]
    }


def test_the_receipt_moves_the_cursor_and_both_routes_at_once_do_no_harm(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home, stick, log = station(tmp_path, url)
        office = home_of(tmp_path / "office", {"here": database(url)})
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        assert "400 readings delivered" in command(
            office, "import", str(bundle), "--sure-after", "0", "--secrets-stdin", secrets=given("here")
        )
        assert len(bucket.points) == 2 * READINGS
        assert balances(home)["cloud"] == (0, READINGS, 0)
        said = command(home, "receipt", str(stick))
        assert "cloud: 400 readings more" in said
        assert balances(home)["cloud"] == (READINGS, 0, 0)
        # Once more says nothing new, and the next sync goes on behind it.
        assert "cloud: 0 readings more" in command(home, "receipt", str(stick))
        cfg = log.sensor("a")
        log.readings("a", cfg, 50)
        log.reading("a", cfg, settles=[(len(log.entries) - 1, "wind", Flag.SUSPECT)])
        log.write(home / "buffer.sqlite3")
        writes = bucket.writes
        command(home, "run", "--json", "--secrets-stdin", secrets=given("cloud"))
        assert bucket.writes > writes
        # The stick took the same readings meanwhile; the other machine delivers them all the same.
        before = dict(bucket.points)
        for path in stick.glob("*.tar"):
            command(office, "import", str(path), "--sure-after", "0", "--secrets-stdin", secrets=given("here"))
        assert bucket.points == before
        assert len(bucket.points) == 2 * (READINGS + 51)
        command(home, "run", "--json", "--secrets-stdin", secrets=given("cloud"))
        assert balances(home)["cloud"] == (READINGS + 51, 0, 0)
        assert bucket.points == before


def test_a_sync_takes_note_of_the_receipts_that_lie_on_the_stick(tmp_path: Path) -> None:
    bucket = Bucket()

    def refuse(lines: list[str]) -> Answer | None:
        wrong = any("value=7.0" in line for line in lines)
        return (400, {}, b'{"code":"invalid","message":"seven is not welcome"}') if wrong else None

    bucket.answer = refuse
    with influx(bucket) as url:
        home, stick, _ = station(tmp_path, url)
        office = home_of(tmp_path / "office", {"here": database(url)})
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        said = command(office, "import", str(bundle), "--sure-after", "0", "--secrets-stdin", secrets=given("here"))
        assert "392 readings delivered, 8 refused" in said
        writes = bucket.writes
        said = command(home, "run", "--json", "--secrets-stdin", secrets=given("cloud"), status=1)
    events = [json.loads(line) for line in said.splitlines()]
    [receipt] = [event for event in events if event["event"] == "receipt"]
    assert (receipt["destination"], receipt["readings"]) == ("cloud", READINGS)
    assert bucket.writes == writes
    assert balances(home)["cloud"] == (392, 0, 8)
    assert "seven is not welcome" in command(home, "set-aside", "list", "--json")


def test_an_import_tells_of_a_damaged_receipt_and_uses_the_others(tmp_path: Path) -> None:
    first, second = Bucket(), Bucket()
    with influx(first) as url, influx(second) as other_url:
        home, stick, _ = station(tmp_path, url)
        office = home_of(tmp_path / "office", {"here": database(url), "there": database(other_url)})
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        secrets = json.dumps({f"influxdb.{name}.token": TOKEN for name in ("here", "there")}).encode()
        order = ("import", str(bundle), "--sure-after", "0", "--secrets-stdin")
        assert "receipt" not in command(office, *order, secrets=secrets)
        [torn] = stick.glob("*.here.receipt.json")
        torn.write_bytes(torn.read_bytes()[:100])
        writes = first.writes, second.writes
        said = command(office, *order, secrets=secrets)
    [told] = [line for line in said.splitlines() if torn.name in line]
    assert "counts for nothing" in told
    assert "import the file" in told
    assert first.writes > writes[0]
    assert second.writes == writes[1]
    assert "cloud: 400 readings more" in command(home, "receipt", str(stick))


def test_a_file_that_was_not_copied_whole_is_refused_in_words(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home, stick, _ = station(tmp_path, url)
        office = home_of(tmp_path / "office", {"here": database(url)})
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        cut = tmp_path / bundle.name
        cut.write_bytes(bundle.read_bytes()[:-11_000])
        command(office, "import", str(cut), "--sure-after", "0", "--secrets-stdin", secrets=given("here"), status=1)
        assert not list(tmp_path.glob("*.receipt.json"))


def test_what_is_whole_of_a_file_that_was_cut_off_is_delivered_and_accounted_for(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home, stick, _ = station(tmp_path, url)
        office = home_of(tmp_path / "office", {"here": database(f"{url}/")})
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        whole = list(parts_of(bundle))[-1].end
        cut = bundle.with_name(f"{bundle.name}.partial")
        bundle.rename(cut)
        cut.write_bytes(cut.read_bytes()[: whole + 700])
        said = command(office, "import", str(cut), "--sure-after", "0", "--secrets-stdin", secrets=given("here"))
        assert "400 readings delivered" in said
        assert "cloud: 400 readings more" in command(home, "receipt", str(stick))
    assert balances(home)["cloud"] == (READINGS, 0, 0)


def test_a_receipt_that_nobody_was_given_the_readings_for_counts_for_nothing(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home, stick, _ = station(tmp_path, url)
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        there = InfluxDestination("z", url, "org", "bucket")
        beyond = ((0, 10**12),)
        write_receipt(tmp_path / "stick" / "never.tar", "00" * 32, ORIGIN, there, beyond, [], T0)
        write_receipt(bundle, manifest_of(bundle).sum, ORIGIN, there, beyond, [], T0)
        (stick / "a.receipt.json").write_text('{"format":')
        said = command(home, "receipt", str(stick))
        assert "never.tar is not about a file that this station wrote" in said
        assert "tells of more than that file holds" in said
        assert "a.receipt.json cannot be read" in said
        assert balances(home)["cloud"] == (0, READINGS, 0)


def test_a_check_moves_no_cursor_and_what_was_lost_is_not_vouched_for_by_old_receipts(tmp_path: Path) -> None:
    bucket = Bucket()
    with influx(bucket) as url:
        home, stick, _ = station(tmp_path, url)
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        held = [part.runs for part in parts_of(bundle)]
        there = InfluxDestination("z", url, "org", "bucket")
        write_receipt(
            bundle, manifest_of(bundle).sum, ORIGIN, there, tuple(run for runs in held for run in runs), [], T0
        )
        check = ("run", "--json", "--check-only", "--destination", "cloud", "--secrets-stdin")
        command(home, *check, secrets=given("cloud"))
        assert balances(home)["cloud"] == (0, READINGS, 0)
        command(home, "receipt", str(stick))
        assert balances(home)["cloud"] == (READINGS, 0, 0)
        command(home, "resend", "cloud")
        command(home, "receipt", str(stick))
        assert balances(home)["cloud"] == (0, READINGS, 0)
        command(home, "run", "--json", "--destination", "cloud", "--secrets-stdin", secrets=given("cloud"))
    assert len(bucket.points) == 2 * READINGS
    assert balances(home)["cloud"] == (READINGS, 0, 0)
    command(home, "resend", "cloud", "--from", "2020-01-01T00:00:00Z")
    assert balances(home)["cloud"] == (0, READINGS, 0)
