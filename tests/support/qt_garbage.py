# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Ends Qt's objects between tests, in the main thread. Runs the garbage collector."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def qt_objects_end_with_their_test() -> Iterator[None]:
    """Keep the collector from ending a widget of an earlier test just anywhere.

    A widget that it ends while Qt holds the lock of a signal takes that lock again and waits for ever; in another
    thread the program crashes.
    """
    gc.disable()
    try:
        yield
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
    finally:
        gc.enable()
