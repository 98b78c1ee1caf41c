# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Delivers the logs of a home: plans, sends, isolates what is refused, keeps the books, tells how far it is."""
