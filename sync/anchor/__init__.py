# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchoring: the digest of what a station recorded, put on a public chain exactly once."""
