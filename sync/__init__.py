# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gets proof and data off the laptop, and verifies them. This file only marks the package."""
