# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What leaves the laptop, as pure functions of the log's bytes: readings with their meaning, lines, packets."""
