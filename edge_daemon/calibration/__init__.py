# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Guided calibrations: procedures from files, a run as a fold over its entries, its judgement. No port, no database."""
