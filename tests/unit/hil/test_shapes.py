"""Builders of waveforms against the formulas they are named after."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil import shapes
from memrig.hil.errors import RequestError
from memrig.hil.waveform import Waveform


def test_a_rectangle_and_a_trapezoid() -> None:
    flat = shapes.rectangle(level_v=-1.5, width_s=1e-4)
    assert flat.value([0.0, 0.5e-4, 1e-4]).tolist() == [-1.5, -1.5, 0.0]
    sloped = shapes.trapezoid(level_v=2.0, rise_s=1.0, top_s=2.0, fall_s=4.0)
    assert sloped.value([0.5, 1.0, 3.0, 5.0, 7.0]).tolist() == pytest.approx([1, 2, 2, 1, 0])


def test_ramps_have_one_speed() -> None:
    sweep = shapes.ramps(corners_v=[0.0, 1.0, 0.0, -2.0, 0.0], period_s=6.0)
    t_s, v_v = sweep.vertices()
    assert t_s.tolist() == pytest.approx([0, 1, 2, 4, 6])
    assert sweep.max_slew_v_per_s() == pytest.approx(1.0)
    assert v_v.tolist() == [0.0, 1.0, 0.0, -2.0, 0.0]


def test_a_staircase_is_centred_on_its_ramp() -> None:
    corners = [0.0, 1.0, 0.0, -1.0, 0.0]
    stairs = shapes.staircase(corners_v=corners, period_s=4.0, points=40)
    ramp = shapes.ramps(corners_v=corners, period_s=4.0)
    middles = 0.05 + 0.1 * np.arange(40)
    assert stairs.value(middles) == pytest.approx(ramp.value(middles))
    assert stairs.value(middles + 0.04) == pytest.approx(ramp.value(middles))
    # Centred: on average it is not behind the ramp.
    fine = (np.arange(4000) + 0.5) * 1e-3
    assert abs(np.mean((stairs.value(fine) - ramp.value(fine))[:1000])) < 1e-12


def test_the_articles_sine_has_100_samples() -> None:
    wave = shapes.sine(amplitude_v=3.0, period_s=1e-3, points=100)
    k = np.arange(100)
    assert wave.value(k * 1e-5, "left")[1:] == pytest.approx(
        3.0 * np.sin(2 * math.pi * k[1:] / 100), abs=1e-9)
    assert wave.extrema() == pytest.approx((-3.0, 3.0))
    halves = shapes.sine(amplitude_v=-1.7, opposite_v=1.4, period_s=1.0, points=100)
    assert halves.value([0.25, 0.75]).tolist() == pytest.approx([-1.7, 1.4])
    assert halves.extrema() == pytest.approx((-1.7, 1.4))


def test_the_two_triangular_spikes() -> None:
    values = {"positive_v": 0.75, "negative_v": 0.6, "positive_s": 1e-3, "negative_s": 10e-3}
    saw, iso = shapes.saw_spike(**values), shapes.iso_spike(**values)
    assert (saw.start_s, saw.stop_s) == (-1e-3, 10e-3)
    assert saw.value([-0.5e-3, 0.0, 5e-3]).tolist() == pytest.approx([0.375, -0.6, -0.3])
    assert float(saw.value(0.0, "left")) == 0.75
    assert (iso.start_s, iso.stop_s) == pytest.approx((-0.5e-3, 10.5e-3))
    assert iso.value([0.0, 0.5e-3, 5.5e-3]).tolist() == pytest.approx([0.75, 0.0, -0.6])


def exact_exponential(t_ms: np.ndarray) -> np.ndarray:
    rise = (np.exp(t_ms / 3) - np.exp(-5 / 3)) / (1 - np.exp(-5 / 3))
    tail = (np.exp(-t_ms / 40) - np.exp(-75 / 40)) / (1 - np.exp(-75 / 40))
    inside = (t_ms > -5) & (t_ms < 75)
    return np.where(inside, np.where(t_ms < 0, rise, -0.25 * tail), 0.0)


def test_the_exponential_spike_keeps_its_declared_error() -> None:
    spike = shapes.exponential_spike(positive_v=1.0, negative_v=0.25, positive_s=5e-3,
                                     negative_s=75e-3)
    t_ms = np.linspace(-6.0, 76.0, 100_003)
    assert np.abs(spike.value(t_ms * 1e-3) - exact_exponential(t_ms)).max() < 1e-3
    assert [float(spike.value(t)) for t in (-5e-3, 75e-3)] == [0.0, 0.0]
    for decay in (0.01, 0.5, 6.0):
        one = shapes.exponential_spike(positive_v=0.0, negative_v=1.0, positive_s=1.0,
                                       negative_s=1.0, negative_decay=decay)
        t_s = np.linspace(1e-9, 1 - 1e-9, 50_001)
        exact = (np.exp(-decay * t_s) - np.exp(-decay)) / (1 - np.exp(-decay))
        assert np.abs(one.value(t_s) + exact).max() < 1e-3


def learnt_s(spike: Waveform, dt_ms: float) -> float:
    """xi of Zamarreno-Ramos et al. (2011): integral of the rate over one pair of spikes."""
    v = spike - 0.9 * spike.shift(-dt_ms * 1e-3)
    step_s = 5e-6
    volts = v.sample(step_s)
    over = np.abs(volts) > 1.0
    rate = np.sign(volts) * (np.exp(7.0 * np.abs(volts)) - math.exp(7.0))
    return float(step_s * rate[over].sum())


@pytest.mark.parametrize(("column", "spike"), [
    ("xi_lin_s", shapes.saw_spike(positive_v=1, negative_v=0.5, positive_s=30e-3,
                                  negative_s=60e-3)),
    ("xi_lin2_s", shapes.saw_spike(positive_v=0.5, negative_v=1, positive_s=30e-3,
                                   negative_s=60e-3)),
    ("xi_exp_s", shapes.exponential_spike(positive_v=1, negative_v=0.25, positive_s=5e-3,
                                          negative_s=75e-3)),
])
def test_the_published_windows_follow_from_the_spikes(
    column: str, spike: Waveform, shared_dir: Path
) -> None:
    with (shared_dir / "models/golden/stdp_zamarreno_windows.csv").open() as file:
        rows = {round(float(row["dT_ms"])): float(row[column]) for row in csv.DictReader(file)}
    largest = max(map(abs, rows.values()))
    for dt_ms in (-40, -20, -7, -1, 1, 7, 20, 40):
        assert learnt_s(spike, dt_ms) == pytest.approx(rows[dt_ms], abs=3e-3 * largest)


def test_after_one_another() -> None:
    wave = shapes.after_one_another(
        shapes.rest(1.0), shapes.saw_spike(positive_v=1, negative_v=1, positive_s=1, negative_s=1),
        shapes.rectangle(level_v=2.0, width_s=1.0))
    assert (wave.start_s, wave.stop_s) == (0.0, 4.0)
    assert wave.value([0.5, 1.5, 2.5, 3.5]).tolist() == pytest.approx([0, 0.5, -0.5, 2.0])


def test_a_waveform_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wave.txt"
    path.write_text("# t, v\n0, 0\n1e-3; 1.5\n2e-3\t0  # end\n\n", encoding="utf-8")
    wave = shapes.from_file(path)
    assert wave == Waveform(t_s=[0, 1e-3, 2e-3], v_v=[0, 1.5, 0])


@pytest.mark.parametrize(("text", "end"), [
    ("0 0\n1 x\n", "is '1 x'; two numbers are needed, time in s and voltage in V"),
    ("0 0\n1 2 3\n", "is '1 2 3'; two numbers are needed, time in s and voltage in V"),
    ("0 0\n", "has 1 points; at least 2 are needed"),
])
def test_a_bad_file_is_refused(text: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "wave.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError) as error:
        shapes.from_file(path)
    assert str(path) in str(error.value)
    assert str(error.value).endswith(end)
    with pytest.raises(RequestError, match="cannot be read"):
        shapes.from_file(tmp_path / "nothing.txt")


SPIKE: dict[str, Any] = {"positive_v": 1, "negative_v": 1, "positive_s": 1, "negative_s": 1}


@pytest.mark.parametrize(("make", "sentence"), [
    (lambda: shapes.rectangle(level_v=1, width_s=0.0), "a pulse width of 0 s was asked; above 0 s"),
    (lambda: shapes.trapezoid(level_v=1, rise_s=-1e-6, top_s=1, fall_s=1),
     "a rise of -1 us was asked; above 0 s"),
    (lambda: shapes.sine(amplitude_v=1, period_s=1, points=3),
     "a sine of 3 points was asked; at least 4"),
    (lambda: shapes.staircase(corners_v=[0, 1], period_s=1, points=1),
     "a staircase of 1 points was asked; at least 2"),
    (lambda: shapes.ramps(corners_v=[1.0, 1.0], period_s=1),
     "a sweep through [1.0, 1.0] V was asked; it must go somewhere"),
    (lambda: shapes.saw_spike(**{**SPIKE, "positive_s": 0}),
     "a positive part of the spike of 0 s was asked; above 0 s"),
    (lambda: shapes.exponential_spike(**SPIKE, negative_decay=0.0),
     "a tail of 0 time constants was asked; above 0"),
    (lambda: shapes.rest(-1.0), "a rest of -1.0 s was asked; it must not be negative"),
])
def test_bad_requests_are_refused(make: Any, sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        make()
    assert str(error.value) == sentence
