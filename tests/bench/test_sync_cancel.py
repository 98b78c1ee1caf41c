# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long a cancelled sync takes to end, in each phase in which it waits for somebody who says nothing."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from tests.support.cancelled_sync import PHASES

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("phase", PHASES)
def test_cancel_takes_less_than_a_second(
    phase: str, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with PHASES[phase](tmp_path) as child:
        begun = perf_counter()
        child.interrupt()
        seconds = perf_counter() - begun
    record_property("seconds", round(seconds, 2))
    with capsys.disabled():
        print(f"\ncancelled while {phase}: ended after {seconds:.2f} s")
    assert seconds < 1.0
