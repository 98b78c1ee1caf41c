# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger: a stand-in for a fullnode of the chain, for tests and demonstrations. Anchors nothing for good."""
