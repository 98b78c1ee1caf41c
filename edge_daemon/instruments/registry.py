# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds drivers by name: ours in the drivers package, others by entry point. A driver is imported when asked for."""

import importlib
import pkgutil
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar

from edge_daemon.domain.faults import Fault, Unknown
from edge_daemon.instruments import drivers
from edge_daemon.instruments.driver import Driver, PolledDriver, StreamDriver

ENTRY_POINT_GROUP = "verifield.drivers"

_IMPORT_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    Fault,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


class DriverUnusable(Fault):
    """A driver that is installed but cannot be used. The message names the driver and the cause."""

    code: ClassVar[str] = "driver_unusable"
    title: ClassVar[str] = "An instrument's driver cannot be used"
    advice: ClassVar[str] = "Install the package that brings this driver again. Other instruments are not affected."


def driver_names() -> tuple[str, ...]:
    """The names of all drivers, sorted. Imports none of them."""
    return tuple(sorted({*_built_in_names(), *(point.name for point in _third_party())}))


def driver(name: str) -> Driver:
    """The driver of this name; one of ours comes before a third party's of the same name.

    Raises Unknown where there is none, DriverUnusable where it cannot be imported or is no driver.
    """
    if name in _built_in_names():
        return _loaded(name, lambda: importlib.import_module(f"{drivers.__name__}.{name}"))
    points = [point for point in _third_party() if point.name == name]
    if not points:
        raise Unknown(f"there is no driver {name!r}; there are {', '.join(driver_names())}")
    if len(points) > 1:
        raise DriverUnusable(f"driver {name}: more than one package brings it: {', '.join(p.value for p in points)}")
    return _loaded(name, points[0].load)


def _built_in_names() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(drivers.__path__))


def _third_party() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINT_GROUP))


def _loaded(name: str, load: Callable[[], object]) -> Driver:
    try:
        loaded = load()
    except _IMPORT_FAILURES as error:
        raise DriverUnusable(f"driver {name} cannot be imported: {type(error).__name__}: {error}") from error
    found = getattr(loaded, "DRIVER", loaded)
    if not isinstance(found, StreamDriver | PolledDriver):
        raise DriverUnusable(f"driver {name}: {loaded!r} is no driver and has no DRIVER")
    if found.name != name:
        raise DriverUnusable(f"driver {name} calls itself {found.name!r}")
    return found
