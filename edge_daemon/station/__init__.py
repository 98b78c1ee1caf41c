# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What this station is set up to record: commands that add configuration entries to the log."""
