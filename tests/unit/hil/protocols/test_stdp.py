"""Spike pairs: signs, controls, starting points, statistics."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.hil.protocols import Stdp
from memrig.hil.protocols._change import dw_article_percent
from memrig.hil.protocols._window import means_of
from memrig.hil.stimulus import Role

# Spikes of which one alone stays below the small device's threshold of 0.3 V, a pair does not.
SPIKES = {
    "pre_positive": "0.25V", "pre_negative": "0.25V", "post_positive": "0.25V",
    "post_negative": "0.25V", "pre_t_positive": "1ms", "post_t_positive": "1ms",
    "pre_t_negative": "5ms", "post_t_negative": "5ms", "target": "200uS",
}
BARE = {"sham": "0", "pre_only": "0", "post_only": "0", "reversed_pairs": "0"}


def made(**texts: str) -> Stdp:
    return Stdp.from_text({**SPIKES, **texts})


def window(kit: Any, polarity: int = -1, **texts: str) -> tuple[list[Any], dict[str, Any]]:
    protocol = made(**texts)
    records = kit.drive(protocol, kit.device(polarity=polarity))
    return records, dict(protocol.analyse(records).values)


def by_dt(values: dict[str, Any], name: str = "dg_rel") -> dict[float, float]:
    return dict(zip(values["dt_s"], values[name], strict=True))


@pytest.mark.parametrize("polarity", [1, -1])
@pytest.mark.parametrize("shape", ["saw", "exponential"])
def test_post_after_pre_potentiates_whatever_the_devices_polarity(
    shape: str, polarity: int, kit: Any
) -> None:
    _, values = window(kit, polarity, shape=shape)
    for dt_s, dg_rel in by_dt(values).items():
        assert np.sign(round(dg_rel, 12)) == np.sign(dt_s) or abs(dt_s) > 4e-3
    assert by_dt(values)[0.0] == 0.0
    dw = by_dt(values, "dw_article_percent")
    assert dw[1e-3] > dw[2.75e-3] > 0 > dw[-2.75e-3] > dw[-1e-3]


@pytest.mark.parametrize(("polarity", "wiring", "weight"), list(itertools.product(
    [-1, 1], ["top-pre", "top-post"], ["R", "G"])))
def test_flipping_one_of_polarity_wiring_and_weight_flips_the_figure_flipping_two_does_not(
    polarity: int, wiring: str, weight: Any, kit: Any
) -> None:
    _, values = window(kit, polarity, wiring=wiring, dt="1ms", **BARE)
    (g0,), (dg,) = values["g0_siemens"], values["dg_siemens"]
    flips = (polarity == 1) + (wiring == "top-post") + (weight == "G")
    quadrant = np.sign(dw_article_percent(g0, g0 + dg, weight))
    assert quadrant == (-1) ** flips


def test_the_device_sees_pre_minus_post(kit: Any) -> None:
    protocol = made()
    top, bottom = protocol.spikes(kit.profile(-1), 2e-3)
    assert top.duration_s == bottom.duration_s == pytest.approx(8e-3)
    times = np.array([0.5e-3, 1.5e-3, 2.5e-3, 4e-3, 7e-3])
    pre = [0.125, -0.225, -0.175, -0.1, 0.0]
    post = [0.0, 0.0, 0.125, -0.2, -0.05]
    assert top.value(times).tolist() == pytest.approx(pre)
    assert bottom.value(times).tolist() == pytest.approx(post)


def test_controls(kit: Any) -> None:
    protocol, profile = made(), kit.profile(-1)
    pre, post = protocol.spikes(profile, 1e-3)
    only = {name: protocol.spikes(profile, 1e-3, name)
            for name in ("pre-only", "post-only", "reversed")}
    times = np.linspace(0, pre.duration_s, 57)
    assert only["pre-only"][0] == pre
    assert only["pre-only"][1].is_zero
    assert only["post-only"][0].is_zero
    assert only["post-only"][1] == post
    reverse = (only["reversed"][0] - only["reversed"][1]).value(times)
    assert reverse == pytest.approx(-(pre - post).value(times))


def test_controls_are_interleaved_and_do_what_they_say(kit: Any) -> None:
    records, values = window(kit, sham="3")
    roles = [r.role for r in records if r.role not in {Role.INITIALISE, Role.READ}]
    assert roles.count(Role.SPIKE_PAIR) == 11
    assert roles.count(Role.PRE_ONLY) == roles.count(Role.POST_ONLY) == 1
    assert roles.count(Role.REVERSED) == 1
    kinds = [r.stimulus.labels["control"] for r in records if r.role is Role.READ]
    assert kinds.count("sham") == 3
    assert kinds != sorted(kinds)
    found = {row["control"]: row["dg_rel"] for row in values["controls"]}
    assert found["sham"] == found["pre-only"] == found["post-only"] == 0.0
    assert found["reversed"] < 0.0
    assert values["sham_sigma_rel"] == values["detection_limit_rel"] == 0.0


def test_without_shams_there_is_no_detection_limit(kit: Any) -> None:
    _, values = window(kit, dt="1ms", **BARE)
    assert values["sham_sigma_rel"] is None
    assert values["detection_limit_rel"] is None


def test_a_sham_waits_as_long_as_its_pair_lasts(kit: Any) -> None:
    records, _ = window(kit, dt="1ms", sham="1", pairs="3", pair_rate="50", read_delay="10ms,40ms")
    rests: dict[str, list[float]] = {}
    for record in records:
        if record.role is Role.READ:
            kind = str(record.stimulus.labels["control"])
            rests.setdefault(kind, []).append(record.stimulus.rest_before_s)
    assert rests["pair"] == pytest.approx([10e-3, 30e-3])
    assert rests["sham"] == pytest.approx([10e-3 + 6e-3 + 2 * 20e-3, 30e-3])  # as for dt = 0


def test_every_point_starts_from_the_target(kit: Any) -> None:
    for target, approach in ((3e-4, "from-below"), (5e-5, "from-below"), (3e-4, "either-side")):
        _, values = window(kit, target=str(target), approach=approach)
        assert all(values["reached"])
        assert values["g0_siemens"] == pytest.approx([target] * 11, rel=0.021)


def test_from_below_the_last_pulse_before_a_point_potentiates(kit: Any) -> None:
    records, _ = window(kit, target="300uS")
    last: float | None = None
    for record in records:
        if record.role is Role.INITIALISE:
            last = record.stimulus.labels.get("amplitude_v", last)  # type: ignore[assignment]
        else:
            assert last is None or last < 0  # this device potentiates below 0 V


def test_several_targets(kit: Any) -> None:
    _, values = window(kit, target="100uS,300uS", dt="-1ms,1ms")
    assert sorted(values["target_siemens"]) == [1e-4, 1e-4, 3e-4, 3e-4]


def test_the_default_target_lies_within_the_profile(kit: Any) -> None:
    _, values = window(kit, target="0", dt="1ms")
    assert values["target_siemens"] == pytest.approx([1e-5 + 0.3 * (1e-3 - 1e-5)])


@pytest.mark.parametrize(("on_failure", "points"), [("accept", 11), ("skip", 0), ("stop", 0)])
def test_a_device_that_does_not_move(on_failure: str, points: int, kit: Any) -> None:
    protocol = made(on_failure=on_failure, target="400uS", tries="3", **BARE)
    device = kit.device(rate=0.0)
    result = protocol.analyse(kit.drive(protocol, device))
    assert len(result.values["dt_s"]) == points
    starts = {s.labels["point"] for s in device.seen}
    assert len(starts) == (1 if on_failure == "stop" else 11)
    tried = sum("amplitude_v" in s.labels for s in device.seen)
    assert tried == 3 * len(starts)
    if points:
        assert result.values["reached"] == [False] * 11
        assert result.warnings == (
            "11 of 11 points did not start within the tolerance of the target conductance",)


def test_the_order_is_random_with_the_seed(kit: Any) -> None:
    orders = []
    for seed in (1, 1, 2):
        device = kit.device()
        setup = type(device.setup)(profile=device.setup.profile, seed=seed)
        records = kit.drive(made(), device, setup)
        orders.append([r.stimulus.labels["dt_s"] for r in records if r.role is Role.READ])
    assert orders[0] == orders[1] != orders[2]
    _, values = window(kit, order="ascending")
    assert values["dt_s"] == sorted(values["dt_s"])


def test_lists_of_delays() -> None:
    linear = made(dt_min="1ms", dt_max="3ms", points="3").delays_s
    assert linear == pytest.approx([-3e-3, -2e-3, -1e-3, 0.0, 1e-3, 2e-3, 3e-3])
    log = made(dt_min="1ms", dt_max="100ms", points="3", spacing="log", dt_zero="no").delays_s
    assert log == pytest.approx([-0.1, -0.01, -1e-3, 1e-3, 0.01, 0.1])
    assert made(dt="5ms,-1ms,0").delays_s == [-1e-3, 0.0, 5e-3]


def test_read_delays_give_a_reading_each_and_share_their_start(kit: Any) -> None:
    records, values = window(kit, dt="1ms", read_delay="10ms,100ms", **BARE)
    assert values["delay_s"] == [0.01, 0.1]
    pairs = made().increments(records)
    assert len(pairs) == 2
    assert pairs[0][0] is pairs[1][0]


def test_pairs_at_a_rate_are_one_stimulus(kit: Any) -> None:
    records, values = window(kit, dt="1ms", pairs="4", pair_rate="100", **BARE)
    (pair,) = [r.stimulus for r in records if r.role is Role.SPIKE_PAIR]
    assert (pair.repeat, pair.period_s) == (4, 0.01)
    _, single = window(kit, dt="1ms", **BARE)
    assert values["dg_siemens"][0] == pytest.approx(4 * single["dg_siemens"][0], rel=1e-6)


def test_energy_is_the_integral_of_v_i(kit: Any) -> None:
    protocol = made(dt="100ms", on_failure="accept", tries="1", **BARE)
    device = kit.device(rate=0.0)
    values = protocol.analyse(kit.drive(protocol, device)).values
    # Far apart: two saws on a resistor, A^2 T / 3 for each ramp.
    expected = 2 * 0.25**2 * (1e-3 + 5e-3) / 3 * 2e-4
    assert values["energy_j"] == pytest.approx([expected], rel=1e-2)  # on the fake's coarse grid


def test_repeats_have_a_mean_with_students_interval() -> None:
    rows = [{"target_siemens": 1e-4, "delay_s": 0.01, "dt_s": 1e-3, "dg_siemens": x * 1e-4,
             "dg_rel": x, "dw_article_percent": 100 * x} for x in (0.1, 0.2, 0.3)]
    (mean,) = means_of(rows)
    reach = 4.302653 * 0.1 / math.sqrt(3)  # t of 2 degrees of freedom, 97.5 %
    assert mean["repeats"] == 3
    assert mean["dg_rel"] == pytest.approx(0.2)
    assert mean["dg_rel_interval"] == pytest.approx([0.2 - reach, 0.2 + reach], rel=1e-6)
    assert means_of(rows[:1])[0]["dg_rel_interval"] is None


def test_pulses_are_counted(kit: Any) -> None:
    records, values = window(kit, dt="-1ms,1ms", **BARE)
    approach = sum("amplitude_v" in r.stimulus.labels for r in records)
    assert values["pulses"] == approach + 2


@pytest.mark.parametrize(("texts", "sentence"), [
    ({"dt_min": "9ms"},
     "stdp: delays from 0.009 s to 0.008 s were asked; dt_min must be below dt_max"),
    ({"spacing": "log", "dt_min": "0"},
     "stdp: logarithmic delays from 0 s were asked; dt_min above 0 s"),
    ({"target": ""}, "stdp: an empty list of targets or read delays was asked"),
    ({"read_delay": "2ms,1ms"}, "stdp: read delays must ascend"),
    ({"pairs": "2", "pair_rate": "100", "dt": "-10ms,1ms"},
     "stdp: 100 pairs per second were asked; a pair lasts 0.016 s, so at most 62.5 Hz"),
    ({"shape": "square"}, "stdp, shape: 'square' was asked; allowed: saw, iso, exponential"),
])
def test_what_does_not_fit_is_refused(texts: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        made(**texts)
    assert str(error.value) == sentence
