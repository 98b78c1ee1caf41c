# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a device's settings, and what became of a change, are said to a person. Pure."""

from app.widgets.form_values import value_text
from edge_daemon.api.messages_devices import ChangeMessage, DeviceFault, DeviceMessage, RiskMessage, SettingMessage
from edge_daemon.domain.instrument import OptionValue

KEPT = {
    "host": "Kept by the recorder; nothing is written to the device.",
    "until_power_off": "The device forgets it without power; the recorder writes it again at each connection.",
    "permanent": "Kept in the device's own memory, without power too.",
}
UNDOCUMENTED = "The maker's documents leave doubt about how this works. Check the device afterwards."


def present_value(setting: SettingMessage) -> OptionValue:
    """What holds now, as far as it is known: the device's own word before what is configured."""
    if setting.device is not None:
        return setting.device
    return setting.default if setting.configured is None else setting.configured


def state_text(setting: SettingMessage) -> str:
    """What the device says, beside what is configured."""
    configured = "" if setting.configured is None else value_text(setting.configured, setting.unit)
    if setting.device is not None:
        read = f"On the device: {value_text(setting.device, setting.unit)} (read just now)."
        differs = configured and setting.configured is not None and setting.device != setting.configured
        return f"{read} ⚠ Configured: {configured}." if differs else read
    known = f"Configured: {configured}." if configured else "Nothing is configured yet; the field shows the default."
    if setting.fault is not None:
        return f"⚠ Not read: {fault_text(setting.fault)} {known}"
    if setting.kept == "host":
        return known
    why = "The device has not been asked again." if setting.readable else "The device cannot be asked for it."
    return f"{why} {known}"


def fault_text(fault: DeviceFault) -> str:
    """What went wrong and what to do."""
    return f"{fault.title}: {fault.detail}. {fault.advice}".replace("..", ".").strip()


def change_text(change: ChangeMessage, unit: str) -> str:
    """What became of a change, by the device's own answer."""
    new = value_text(change.new, unit)
    match change.result:
        case "confirmed":
            return f"✓ Written. The device answers {value_text(change.answer, unit)}."
        case "differs":
            return f"⚠ {new} was written, but the device answers {value_text(change.answer, unit)}. {change.detail}"
        case "unconfirmed":
            return f"◔ {new} was written. The device cannot be asked whether it took it. {change.detail}"
        case "configured":
            return f"✓ {new} holds from now on."
        case "failed":
            return f"✕ Not written. {change.detail}"


def risk_text(risk: RiskMessage) -> str:
    """A risk in full: facts of which the documents leave doubt are said to be so."""
    words = risk.risk or "What this does is not described by the maker."
    return words if risk.documented else f"{words}\n\n⚠ {UNDOCUMENTED}"


def device_text(device: DeviceMessage) -> str:
    """Who the device says it is."""
    if device.fault is not None:
        return f"⚠ The device did not tell who it is. {fault_text(device.fault)}"
    facts = [("Serial number", device.serial), ("Firmware", device.firmware), *device.details.items()]
    told = " · ".join(f"{name} {value}" for name, value in facts if value)
    return told or "This device does not tell who it is."
