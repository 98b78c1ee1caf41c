# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Transports, drivers, discovery and the simulators that speak the drivers' bytes."""
