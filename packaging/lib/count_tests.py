# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Prints how many tests passed, failed and were skipped, from a folder of pytest's JUnit reports. Reads files, prints.

Usage: count_tests.py FOLDER
"""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

FAILED, SKIPPED, PASSED = "failed", "skipped", "passed"


def outcome(case: ET.Element) -> str:
    """What became of one test. An error in a fixture counts as a failure."""
    children = {child.tag for child in case}
    if children & {"failure", "error"}:
        return FAILED
    return SKIPPED if "skipped" in children else PASSED


def count(folder: Path) -> Counter[str]:
    """Outcomes over all reports in the folder. A test that passed and whose fixture failed appears once, as failed."""
    outcomes: Counter[str] = Counter()
    for report in sorted(folder.glob("*.xml")):
        worst: dict[tuple[str | None, str | None], str] = {}
        for case in ET.parse(report).iter("testcase"):
            name = (case.get("classname"), case.get("name"))
            if worst.get(name) != FAILED:
                worst[name] = outcome(case)
        outcomes.update(worst.values())
    return outcomes


def main() -> None:
    """Print the closing line."""
    outcomes = count(Path(sys.argv[1]))
    sys.stdout.write(f"{outcomes[PASSED]} passed, {outcomes[FAILED]} failed, {outcomes[SKIPPED]} skipped\n")


if __name__ == "__main__":
    main()
