# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What was delivered where: `delivery.sqlite3`, whose only writer is sync."""
