# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The destination that is a bucket of an InfluxDB 2 server."""

from sync.sinks.influxdb.sink import InfluxSink

__all__ = ["InfluxSink"]
