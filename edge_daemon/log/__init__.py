# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log: entry bytes, Merkle tree, proofs. Pure; no I/O."""
