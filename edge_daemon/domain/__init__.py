# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Typed values of the field: sensors, channels, readings, time. Pure; no I/O."""
