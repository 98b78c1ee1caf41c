# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station's settings as a file: read from two forms, planned, applied, reported field by field, written."""
