# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The always-on recorder: instruments in, a durable and provable log out, an API on loopback."""
