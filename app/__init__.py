# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The technician's window: talks to the daemon's API and nothing else. This file only marks the package."""
