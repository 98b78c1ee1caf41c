# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window's own widgets. They show what they are given and do no I/O on the Qt thread."""
