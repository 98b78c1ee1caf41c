# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is understood of the Windows time service, in several languages and code pages. Starts short threads."""

import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.time_source_windows import Status, WindowsTimeSource, ask_service, status_of
from tests.support.waiting import wait_until

S = 1_000_000
HOUR = 3600 * S
UTC_NS = 1_790_000_000_000_000_000

ENGLISH = """
Leap Indicator: {leap}(no warning)
Stratum: {stratum} (secondary reference - syncd by (S)NTP)
Precision: -23 (119.209ns per tick)
Root Delay: 0.0312500s
Root Dispersion: 7.7902343s
ReferenceId: 0x{reference} (source IP:  192.0.2.1)
Last Successful Sync Time: 10/9/2026 7:58:02 PM
Source: time.windows.com,0x9
Poll Interval: 10 (1024s)

Phase Offset: -0.0002507s
ClockRate: 0.0156250s
State Machine: 2 (Sync)
Time Source Flags: 0 (None)
Server Role: 0 (None)
Last Sync Error: 0 (The command completed successfully.)
Time since Last Good Sync Time: {since}s
"""
GERMAN = """Sprungindikator: {leap}(keine Warnung)
Stratum: {stratum} (Sekundärreferenz - synchr. über (S)NTP)
Präzision: -23 (119.209ns pro Tick)
Stammverzögerung: 0.0168694s
Stammabweichung: 7.7960610s
Referenz-ID: 0x{reference} (Quell-IP:  192.0.2.1)
Letzte erfolgr. Synchronisierungszeit: 20.09.2026 10:43:13
Quelle: time.windows.com,0x9
Abrufintervall: 10 (1024s)

Phasendifferenz: 0.0011802s
Taktrate: 0.0156250s
Statuscomputer: 2 (Synchronisierung)
Zeitquellenkennzeichen: 0 (Keine)
Serverrolle: 0 (Keine)
Fehler bei der letzten Synchronisierung: 0 (Der Befehl wurde erfolgreich ausgeführt.)
Zeit seit der letzten erfolgr. Synchronisierung: {since}s
"""
CHINESE = """Leap 指示符: {leap}(无警告)
层次: {stratum} (次引用 - 与(S)NTP 同步)
精度: -23 (每刻度 119.209ns)
根延迟: 0.2056026s
根分散: 4.0711694s
引用 ID: 0x{reference} (源 IP:  192.0.2.1)
上次成功同步时间: 2026/4/29 8:52:14
源: time.windows.com,0x9
轮询间隔: 6 (64s)

相位偏移: -0.2507314s
ClockRate: 0.0156261s
计算机状态: 1 (等候)
时间源标志:0 (无)
服务器角色: 64 (时间服务)
上次同步错误: 0 (成功地执行了命令。)
上次成功同步后的时间: {since}s
"""
JAPANESE = """閏インジケーター: {leap} (警告なし)
階層: {stratum} (二次参照 - (S)NTP で同期)
精度: -23 (ティックごとに 119.209ns)
ルート遅延: 0.0216253s
ルート分散: 7.7938950s
参照 ID: 0x{reference} (ソース IP:  192.0.2.1)
最終正常同期時刻: 2026/01/10 1:45:54
ソース: time.windows.com,0x9
ポーリング間隔: 10 (1024s)

フェーズ オフセット: 0.0002507s
クロック レート: 0.0156250s
状態コンピューター: 2 (同期)
タイム ソース フラグ: 0 (なし)
サーバーの役割: 0 (なし)
最終同期エラー: 0 (コマンドは正しく完了しました。)
最終正常同期時刻からの時間: {since}s
"""
LANGUAGES = [(ENGLISH, "cp437"), (GERMAN, "cp850"), (CHINESE, "gbk"), (JAPANESE, "cp932")]


def told(
    form: str = ENGLISH, *, leap: int = 0, stratum: int = 3, reference: str = "C0000201", since: str = "60.0"
) -> str:
    return form.format(leap=leap, stratum=stratum, reference=reference, since=since)


@pytest.mark.parametrize(("form", "code_page"), LANGUAGES, ids=["english", "german", "chinese", "japanese"])
@pytest.mark.parametrize("leap", [0, 3])
def test_the_status_is_read_in_every_language_and_code_page(form: str, code_page: str, leap: int) -> None:
    said = told(form, leap=leap, since="3661.2500000").replace("\n", "\r\n").encode(code_page)
    status = status_of(said.decode("ascii", errors="replace"))
    assert status == Status(leap, 3, 0xC0000201, 3661 * S + 250_000)
    assert status.follows() is (leap == 0)


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        (Status(0, 3, 0xC0000201, 0), True),
        (Status(1, 1, 0xC0000201, 0), True),
        (Status(3, 0, 0, 0), False),
        (Status(3, 3, 0xC0000201, 0), False),
        (Status(0, 0, 0xC0000201, 0), False),
        (Status(0, 16, 0xC0000201, 0), False),
        (Status(0, 1, 0x4C4F434C, 0), False),
        (Status(0, 3, 0, 0), False),
        (Status(7, 3, 0xC0000201, 0), False),
    ],
)
def test_only_a_source_outside_the_computer_counts(status: Status, follows: bool) -> None:
    assert status.follows() is follows


@pytest.mark.parametrize(
    "said",
    [
        "",
        "The following error occurred: The service has not been started. (0x80070426)\r\n",
        told().split("\n\n")[0],  # asked without /verbose: how long ago the sync was is not told
        told(since="-5.0"),
        told(since="unspecified"),
        told().replace("0(no warning)", "none"),
    ],
)
def test_what_is_no_full_status_is_not_understood(said: str) -> None:
    assert status_of(said) is None


@given(st.text())
def test_no_text_at_all_breaks_the_reading(said: str) -> None:
    assert status_of(said) is None or isinstance(status_of(said), Status)


class Laptop:
    """A Windows computer: its clocks, and a service that says when it last synchronised."""

    def __init__(self) -> None:
        self.boot_us = 1000 * S
        self.wall_ns = UTC_NS
        self.synced_us: int | None = 940 * S
        self.broken: Exception | None = None
        self.asked = 0
        self.source = WindowsTimeSource(self._ask)

    def _ask(self) -> str:
        self.asked += 1
        if self.broken:
            raise self.broken
        if self.synced_us is None:
            return told(leap=3, stratum=0, reference="00000000")
        return told(since=f"{(self.boot_us - self.synced_us) / S:.7f}")

    def run(self, seconds: float) -> None:
        self.boot_us += round(seconds * S)
        self.wall_ns += round(seconds * 1e9)

    def look(self) -> bool:
        """What is said once an answer that was asked for is there."""
        self.source.synchronised(self.wall_ns, self.boot_us)
        wait_until(lambda: not any(t.name == "time-source" for t in threading.enumerate()), what="the answer")
        return self.source.synchronised(self.wall_ns, self.boot_us)


def test_the_service_is_believed_once_it_answered_and_asked_once_a_minute() -> None:
    laptop = Laptop()
    assert laptop.look()
    for _ in range(59):
        laptop.run(1)
        assert laptop.look()
    assert laptop.asked == 1
    laptop.run(1)
    laptop.synced_us = None
    assert not laptop.look()
    assert laptop.asked == 2


def test_a_service_that_takes_its_time_holds_nobody_up() -> None:
    answer, asked = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        assert answer.wait(60)
        return told()

    source = WindowsTimeSource(slow)
    for second in range(200):
        assert not source.synchronised(UTC_NS + second * 1000 * S, (1000 + second) * S)
    assert asked.wait(60)
    assert [t.name for t in threading.enumerate()].count("time-source") == 1
    answer.set()
    last = (UTC_NS + 200 * 1000 * S, 1200 * S)
    wait_until(lambda: source.synchronised(*last), what="the answer")
    wait_until(lambda: not any(t.name == "time-source" for t in threading.enumerate()), what="the thread to end")


def test_an_old_sync_vouches_for_nothing() -> None:
    laptop = Laptop()
    assert laptop.look()
    laptop.run(9 * 3600)
    assert laptop.look()
    laptop.run(2 * 3600)
    assert not laptop.look()
    laptop.synced_us = laptop.boot_us
    laptop.run(61)
    assert laptop.look()


def test_a_sync_before_the_boot_vouches_for_nothing() -> None:
    laptop = Laptop()
    laptop.synced_us = -S
    assert not laptop.look()


@pytest.mark.parametrize("by_s", [3600, -3600, 1])
def test_a_clock_set_by_hand_is_believed_only_after_the_next_sync(by_s: int) -> None:
    laptop = Laptop()
    assert laptop.look()
    laptop.run(1)
    laptop.wall_ns += by_s * 1_000_000_000
    assert not laptop.source.synchronised(laptop.wall_ns, laptop.boot_us)
    assert not laptop.look()
    laptop.run(120)
    assert not laptop.look()
    laptop.synced_us = laptop.boot_us
    laptop.run(61)
    assert laptop.look()


def test_a_clock_set_by_the_sync_itself_is_believed() -> None:
    laptop = Laptop()
    assert laptop.look()
    laptop.run(1)
    laptop.wall_ns += 30 * 1_000_000_000
    laptop.synced_us = laptop.boot_us - S // 2
    assert laptop.look()


@pytest.mark.parametrize(
    "broken",
    [OSError("there is no w32tm"), subprocess.TimeoutExpired("w32tm", 20), subprocess.CalledProcessError(1, "w32tm")],
)
def test_without_an_answer_the_clock_is_not_synchronised_and_the_log_says_why_once(
    broken: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = Laptop()
    assert laptop.look()
    laptop.broken = broken
    for _ in range(3):
        laptop.run(61)
        assert not laptop.look()
    assert len(caplog.messages) == 1
    assert "time service" in caplog.messages[0]
    laptop.broken = None
    laptop.run(61)
    assert laptop.look()


@pytest.mark.skipif("sys.platform == 'win32'")
def test_elsewhere_there_is_no_such_service() -> None:
    with pytest.raises(OSError, match="w32tm"):
        ask_service()
