# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Evidence that a stranger can check: its form, and the check. Pure, so that the window may use it too."""
