# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Destinations: one module each. They do not know each other, nor where the readings come from."""
