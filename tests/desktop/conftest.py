# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What every test of the window needs: Qt's objects end with the test that made them."""

from tests.support.qt_garbage import qt_objects_end_with_their_test

__all__ = ["qt_objects_end_with_their_test"]
