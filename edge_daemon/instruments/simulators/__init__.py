# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated instruments: a separate process that speaks the real byte protocols.

They encode on their own and import no driver, so that a simulator and its driver check each other.
"""
