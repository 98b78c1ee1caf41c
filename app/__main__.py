# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield`: opens the technician's window. Reads the command line and the environment."""

import argparse
import os
import sys
from collections.abc import Mapping

NO_DISPLAY = 3
_NO_DISPLAY_WORDS = """There is no display here, so the window cannot be shown.
Log in to the desktop and start it there, or record without a window:
    verifield-daemon run{demo}"""


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a window can be shown: by X11, Wayland, a chosen platform, or a system that always can."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not platform.startswith("linux") or any(environment.get(name) for name in wanted)


def main(arguments: list[str] | None = None) -> int:
    """Run the window; the exit code is 3 where there is no display."""
    parser = argparse.ArgumentParser(prog="verifield", description="The technician's window of Verifield.")
    parser.add_argument("--demo", action="store_true", help="use simulated instruments, in a folder of their own")
    parser.add_argument("--home", default="", help="data folder (default: VERIFIELD_HOME, else the user's data folder)")
    chosen = parser.parse_args(arguments)
    if not has_display(os.environ, sys.platform):
        print(_NO_DISPLAY_WORDS.format(demo=" --demo" if chosen.demo else ""), file=sys.stderr)
        return NO_DISPLAY
    from app.bootstrap import run
    from app.client.endpoint import home_folder

    return run(home_folder(chosen.home, demo=chosen.demo), demo=chosen.demo)


if __name__ == "__main__":
    sys.exit(main())
