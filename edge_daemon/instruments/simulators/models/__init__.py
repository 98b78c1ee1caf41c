# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One module for each simulated instrument. Each has `SIMULATED`: makers by the name of the port they stand on."""
