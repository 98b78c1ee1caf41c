# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the page in a browser against `verifield-sync verify` on the same bundle, its memory, the bundle's size.

Ratios within one run. A larger log is asked for by `VERIFIELD_BENCH_ENTRIES`.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import psutil
import pytest

from sync.bundle import Period, write_bundle
from sync.evidence.verify import verify_bundle
from sync.parts import open_parts
from sync.verify_page import put_page
from tests.bench.test_evidence import a_long_log
from tests.support.browser import CHROMIUM, Tab, browsing
from tests.support.waiting import wait_until

MB = 2**20


def renderer_mb(tab: Tab) -> int:
    """Memory of the page's own process, megabytes."""
    found = [0]
    for child in psutil.Process(tab.child.pid).children(recursive=True):
        try:
            if any(argument == "--type=renderer" for argument in child.cmdline()):
                found.append(child.memory_full_info().uss // MB)
        except psutil.Error:
            continue  # it ended meanwhile
    return max(found)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this computer")
@pytest.mark.timeout(3600)
def test_page_against_command(
    tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    written = write_bundle(a_long_log(tmp_path / "home"), Period(), (), tmp_path / "bundle")
    page, _ = put_page(written.path)
    start = perf_counter()
    with open_parts(written.path) as parts:
        assert verify_bundle(parts).standing == "incomplete", "no recorder signed its index"
    command_s = perf_counter() - start

    with browsing(tmp_path) as tab:
        tab.open(page)
        memory = [renderer_mb(tab)]
        start = perf_counter()
        tab.choose("#files", sorted(written.path.iterdir()))

        def shown() -> bool:
            if perf_counter() - start > 0.5 * len(memory):  # asking takes the processor from the page
                memory.append(renderer_mb(tab))
            return bool(tab.evaluate("!document.getElementById('verdict').hidden"))

        wait_until(shown, seconds=3000, what="the verdict")
        page_s = perf_counter() - start
        assert tab.evaluate("document.getElementById('standing').dataset.standing") == "incomplete"

    entries = written.index.end - written.index.first
    figures = {
        "entries": entries,
        "bundle_bytes_per_reading": round(written.size / written.index.counts["reading"], 1),
        "page_to_command_time": round(page_s / command_s, 2),
        "page_entries_per_s": round(entries / page_s),
        "page_memory_idle_mb": memory[0],
        "page_memory_largest_mb": max(memory),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(f"\nverify page: {figures}")
