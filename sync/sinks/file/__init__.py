# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The destination that is a folder, such as a memory stick, and what another machine needs to go on from there."""

from sync.sinks.file.sink import FileSink

__all__ = ["FileSink"]
