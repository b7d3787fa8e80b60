"""Potentiation and depression: trains, their readings, their figures of merit."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.hil.protocols import PulseSeries
from memrig.hil.protocols._curve import label_of, nonlinearity
from memrig.hil.stimulus import Role

STEP = 0.3 * 0.7 * 1e-4  # of the small device: rate, volts above its threshold, pulse


def series(kit: Any, polarity: int = -1, **texts: str) -> tuple[list[Any], dict[str, Any]]:
    protocol = PulseSeries.from_text({"count": "5", **texts})
    records = kit.drive(protocol, kit.device(polarity=polarity))
    return records, dict(protocol.analyse(records).values)


@pytest.mark.parametrize("polarity", [1, -1])
def test_conductance_goes_up_and_down_by_equal_steps(polarity: int, kit: Any) -> None:
    _, values = series(kit, polarity)
    up = 2e-4 + STEP * np.arange(1, 6)
    down = up[-1] - STEP * np.arange(1, 6)
    assert values["conductance_siemens"] == pytest.approx([*up, *down], rel=1e-9)
    assert values["polarity"] == [1] * 5 + [-1] * 5
    assert values["pulse"] == [1, 2, 3, 4, 5] * 2
    assert values["start_siemens"] == pytest.approx([2e-4, up[-1]])
    assert len(values["u_siemens"]) == 10
    assert values["dynamic_range"] == pytest.approx(up[-1] / 2e-4)
    assert values["nonlinearity_ltp"] == pytest.approx(0.0, abs=1e-3)
    assert values["asymmetry"] == pytest.approx(0.0, abs=1e-9)


def test_a_train_is_one_stimulus_after_an_initialising_read(kit: Any) -> None:
    records, _ = series(kit)
    assert [r.role for r in records] == [Role.INITIALISE, Role.PROGRAM] * 2
    train = records[1].stimulus
    assert train.repeat == 5
    assert [b.kind for b in train.blocks] == ["program", "read"]
    assert train.labels["amplitude_v"] == -1.0
    assert train.labels["width_s"] == 1e-4
    assert train.blocks[1].start_s - train.blocks[0].duration_s == pytest.approx(1e-3)


def test_increments_are_neighbours_within_a_train(kit: Any) -> None:
    protocol = PulseSeries(count=5)
    pairs = protocol.increments(kit.drive(protocol, kit.device()))
    changes = [b.conductance_siemens - a.conductance_siemens for a, b in pairs]
    assert changes == pytest.approx([STEP] * 5 + [-STEP] * 5, rel=1e-9)
    assert all(a is b for (_, a), (b, _) in itertools.pairwise(pairs[:5]))


@pytest.mark.parametrize(("order", "polarities"), [
    ("potentiation", [1]), ("depression", [-1]), ("potentiation-depression", [1, -1]),
    ("depression-potentiation", [-1, 1]),
])
def test_orders(order: str, polarities: list[int], kit: Any) -> None:
    records, values = series(kit, order=order)
    assert [r.stimulus.labels["polarity"] for r in records[1::2]] == polarities
    first = values["conductance_siemens"][0] - 2e-4
    assert np.sign(first) == polarities[0]


def test_several_amplitudes_and_widths_in_one_run(kit: Any) -> None:
    records, _ = series(kit, amplitude_set="1 v_set, 0.9 v_set", width="100us, 20us", cycles="2",
                        order="potentiation", amplitude_reset="v_reset")
    trains = [(r.stimulus.labels["amplitude_v"], r.stimulus.labels["width_s"])
              for r in records[1::2]]
    once = [(-1.0, 1e-4), (-0.9, 1e-4), (-1.0, 2e-5), (-0.9, 2e-5)]
    assert np.array(trains) == pytest.approx(np.array(once * 2))


def test_the_read_window_is_absolute_or_of_the_mains(kit: Any) -> None:
    for texts, length_s in (({"read_window": "1ms"}, 1e-3), ({"read_periods": "3"}, 0.06)):
        records, _ = series(kit, **texts)
        window = records[1].stimulus.windows[0]
        assert window.stop_s - window.start_s == pytest.approx(length_s)


@pytest.mark.parametrize(("texts", "sentence"), [
    ({"amplitude_set": "1V,2V,3V", "amplitude_reset": "1V,2V"},
     "pulse-series: 3 amplitudes of SET and 2 of RESET were asked; equally many are needed, "
     "or one"),
    ({"width": ""}, "pulse-series: an empty list of amplitudes or widths was asked"),
    ({"count": "0"}, "pulse-series, count: 0 was asked; allowed: 1 to 1e+07"),
])
def test_what_does_not_fit_is_refused(texts: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        PulseSeries.from_text(texts)
    assert str(error.value) == sentence


def test_the_label_is_neurosims_table(shared_dir: Path) -> None:
    with (shared_dir / "models/golden/ltp_ltd_metrics.json").open() as file:
        table = json.load(file)["neurosim_A_of_NL"]
    for label, a in table.items():
        assert label_of(1.0 / a) == pytest.approx(float(label), abs=2e-5 * max(1, float(label)))


@pytest.mark.parametrize("r", [-4.0, -0.5, 0.3, 2.0, 8.0])
def test_the_curvature_of_an_exponential_is_found(r: float) -> None:
    x = np.linspace(0, 1, 51)
    label, residual = nonlinearity(1e-4 + 1e-5 * np.expm1(-r * x) / np.expm1(-r))
    assert residual < 1e-9
    assert label == pytest.approx(np.sign(r) * label_of(abs(r)), rel=1e-6)


def test_states_are_counted_between_the_edges_of_the_range(kit: Any) -> None:
    _, values = series(kit, count="10")
    assert values["states_ltp"] == 9
    assert values["states_ltd"] == 9
