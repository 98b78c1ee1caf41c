# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Documents for people, as PDF: made from records of the log alone, so that the same record gives the same bytes."""
