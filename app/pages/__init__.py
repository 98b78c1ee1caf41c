# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the window, one file a page. They read the session and ask it; they do no I/O."""
