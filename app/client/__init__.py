# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window's side of the daemon's API: replies and live readings as Qt signals. Network only."""
