# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sync that is cancelled while it waits for somebody who says nothing: it ends, and does not wait for an answer.

The silence lasts as long as the test; left to themselves the requests would wait 10 to 60 seconds for its end. That it
takes less than a second is measured in the benches.
"""

from pathlib import Path

import pytest

from sync.sinks.file.bundle import manifest_of
from tests.support.cancelled_sync import PHASES, signing_a_stick

pytestmark = pytest.mark.timeout(400)
BEFORE_THE_PATIENCE_ENDS_S = 9.0


@pytest.mark.parametrize("phase", PHASES)
def test_it_ends_in_every_phase(phase: str, tmp_path: Path) -> None:
    with PHASES[phase](tmp_path) as child:
        # Where all is on the stick and only the signature is waited for, everything was delivered.
        assert child.interrupt(seconds=BEFORE_THE_PATIENCE_ENDS_S) == (0 if phase == "signing a stick" else 1)
        said = child.said()
    assert ('"state":"cancelled"' in said) == phase.startswith("checking")
    assert "Traceback" not in said


def test_what_is_on_the_stick_stays_whole_without_a_signature(tmp_path: Path) -> None:
    with signing_a_stick(tmp_path) as child:
        child.interrupt(seconds=BEFORE_THE_PATIENCE_ENDS_S)
    [bundle] = (tmp_path / "stick").iterdir()
    assert manifest_of(bundle).seal is None
