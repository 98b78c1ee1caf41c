# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The destination that is an MQTT broker."""

from sync.sinks.mqtt.sink import MqttSink
from sync.sinks.mqtt.status import StationStatus

__all__ = ["MqttSink", "StationStatus"]
