# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every driver there is: named and sourced, in the catalogue, its capture decodes, damage is refused."""

import pytest

from edge_daemon.domain.faults import BadInput, Fault
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import BadFrame, PolledDriver, Sample, StreamDriver
from edge_daemon.instruments.registry import driver, driver_names
from edge_daemon.instruments.simulators.shelf import makers
from edge_daemon.station.setting_values import accepted, same
from tests.captures.reading import capture, converse

MODELS = load_catalogue()
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def received(model: InstrumentModel, *, damaged: bool = False) -> list[Sample | Fault]:
    """What the model's driver makes of its capture, or of the capture with one bit changed in every frame."""
    found = driver(model.driver)
    bytes_ = capture(model.model)
    if isinstance(found, PolledDriver):
        replies = {request: damage(reply) if damaged else reply for request, reply in bytes_.replies.items()}
        try:
            if not damaged:
                converse(found.start(model.options), replies.__getitem__)
            sample = converse(found.measure(model.options), replies.__getitem__)[0]
        except Fault as fault:
            return [fault]
        return [sample] if sample else []
    return stream(found, model, [damage(frame) if damaged else frame for frame in bytes_.received])


def stream(found: StreamDriver, model: InstrumentModel, frames: list[bytes]) -> list[Sample | Fault]:
    framer = found.framer()
    results: list[Sample | Fault] = []
    for item in [*framer.feed(b"".join(frames)), *framer.idle()]:
        try:
            sample = None if isinstance(item, BadFrame) else found.decode(item, model.options)
        except Fault as fault:
            results.append(fault)
            continue
        results += [item.fault] if isinstance(item, BadFrame) else [sample] if sample else []
    return results


def damage(frame: bytes) -> bytes:
    middle = len(frame) // 2
    if not frame:  # nothing was answered, so there is nothing to damage
        return frame
    return frame[:middle] + bytes([frame[middle] ^ 1]) + frame[middle + 1 :]


@pytest.mark.parametrize("name", driver_names())
def test_a_driver_says_what_it_is_and_is_in_the_catalogue(name: str) -> None:
    found = driver(name)
    assert found.name == name
    assert found.version.strip()
    assert found.source.strip()
    assert name in {model.driver for model in MODELS.values()}
    if isinstance(found, StreamDriver):
        assert 0 < found.idle_s < found.silent_after_s


@pytest.mark.parametrize("name", driver_names())
def test_a_driver_has_a_simulator(name: str) -> None:
    simulated = {make(1, 0.0, None).model for make in makers().values()}
    assert name in {MODELS[model].driver for model in simulated}


@pytest.mark.parametrize("name", driver_names())
def test_what_a_driver_declares_is_complete(name: str) -> None:
    found = driver(name)
    settings, actions = {s.name: s for s in found.settings}, {a.name: a for a in found.actions}
    assert len(settings) == len(found.settings)
    assert len(actions) == len(found.actions)
    for setting in found.settings:
        assert setting.label.strip()
        assert setting.kept == "host" or setting.write, f"{setting.name}: nothing writes it to the device"
        assert setting.documented or setting.risk, f"{setting.name}: the doubt is told with the risk"
        assert (setting.kind == "choice") == bool(setting.choices), setting.name
    assert all(action.risk.strip() for action in found.actions)
    for question in found.probes:
        assert question.title.strip()
    for model in (model for model in MODELS.values() if model.driver == name):
        assert set(model.options) <= set(settings), f"{model.model}: options that the driver does not declare"


@each_model
def test_a_models_own_options_can_be_set(model: InstrumentModel) -> None:
    declared = {setting.name: setting for setting in driver(model.driver).settings}
    for name, value in model.options.items():
        assert same(accepted(declared[name], value), value)
    for name in (name for name in declared if declared[name].kind == "text"):
        with pytest.raises(BadInput):
            accepted(declared[name], "\x1b[0m")


@each_model
def test_the_capture_decodes_to_exactly_the_models_channels(model: InstrumentModel) -> None:
    results = received(model)
    assert results
    for sample in results:
        assert isinstance(sample, Sample), sample
        assert set(sample.channels) == {channel.name for channel in model.channels}
        assert set(sample.flags) <= set(sample.channels)
        for channel in model.channels:
            value = sample.channels[channel.name]
            assert value is None or channel.minimum <= value <= channel.maximum


@each_model
def test_a_damaged_capture_is_refused_by_name(model: InstrumentModel) -> None:
    results = received(model, damaged=True)
    assert results
    for fault in results:
        assert isinstance(fault, Fault)
        assert fault.code in {"checksum_mismatch", "malformed_frame"}
