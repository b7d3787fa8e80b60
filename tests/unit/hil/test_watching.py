"""What a run is watched for: when something is said, which points are flagged, and when not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from memrig.hil.bench import Capabilities
from memrig.hil.calibration import Calibration
from memrig.hil.derive import readings_of
from memrig.hil.limits import WorstCase, worst_case
from memrig.hil.netlist import ideal
from memrig.hil.plan import Plan, PlannedBlock
from memrig.hil.profile import Profile
from memrig.hil.record import Accuracy, Channel, Chunk, Record
from memrig.hil.shapes import rectangle
from memrig.hil.status import Status
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.hil.watching import Watchman
from memrig.hil.wear import wear_of

PROFILE = Profile(
    name="test", v_set_v=1.0, v_reset_v=-1.0, v_read_max_v=0.2, v_max_v=1.5, v_min_v=-1.5,
    i_max_a=1e-3, r_min_ohm=1e3, r_max_ohm=1e5, state="formed")
CAN = Capabilities(v_max_v=5.0, pulse_min_s=0.0, step_min_s=0.0, points_max=10**6,
                   compliance="none", independent_bottom=False)
WINDOW = ReadWindow(start_s=2e-3, stop_s=8e-3)
POINTS, STEP_S = 20, 5e-4
PULSE_V, READ_V, OHM = 0.9, 0.1, 1e4
BAND = int(Status.OUT_OF_BAND)


def plan(*kinds: str, repeat: int = 1) -> Plan:
    """Blocks of 10 ms, pulses and reads."""
    blocks = tuple(
        PlannedBlock(kind="read" if kind == "read" else "program", start_s=0.01 * k,
                     top=rectangle(level_v=READ_V if kind == "read" else PULSE_V, width_s=0.01),
                     bottom=rectangle(level_v=0.0, width_s=0.01),
                     windows=(WINDOW,) if kind == "read" else ())
        for k, kind in enumerate(kinds))
    top = rectangle(level_v=PULSE_V, width_s=0.01 * len(kinds))
    return Plan(stimulus=Stimulus(role=Role.PROGRAM, top=top, repeat=repeat), bench="test",
                blocks=blocks, spacing_s=0.1)


def chunk(
    v_v: Sequence[float] | np.ndarray, i_a: Sequence[float] | np.ndarray, *, block: int = 0,
    first: int = 0, repeat: int = 0, status: int = 0, noise: float = 0.0,
) -> Chunk:
    """Points of a block from a number on; of several repeats row by row."""
    v, i = np.asarray(v_v, dtype=float), np.asarray(i_a, dtype=float)
    t_s = STEP_S * (first + np.arange(v.shape[-1]))
    flags = np.full(v.shape, status, dtype=np.uint16) if status else np.empty(0, np.uint16)
    channels = tuple(
        Channel(probe=probe, data=data, t_s=t_s, status=flags, accuracy=Accuracy(noise=u))
        for probe, data, u in (("v_top", v, 0.0), ("i_top", i, noise)))
    return Chunk(repeat=repeat, block=block, t_s=0.0, channels=channels,
                 count=v.shape[0] if v.ndim == 2 else 1)


def level(v_v: float, ohm: float = OHM, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """A resistor at a level."""
    v = np.full(points, v_v)
    return v, v / ohm


class Watched:
    """A watchman with his plan."""

    def __init__(self, planned: Plan) -> None:
        self.plan = planned
        self.man = Watchman(PROFILE, ideal(), Calibration(), CAN)
        self.man.begin(3, planned, worst_case(planned, PROFILE, ideal(), CAN))
        self.seen: list[Chunk] = []

    def see(self, one: Chunk) -> list[str]:
        """What is said of a chunk."""
        found, alerts = self.man.see(one)
        self.seen.append(found)
        return [str(alert) for alert in alerts]

    def flagged(self, which: int = -1) -> list[int]:
        """Points that are out of band in the last chunk, or another one."""
        flags = self.seen[which].channels[0].flags
        assert all((c.flags == flags).all() for c in self.seen[which].channels)
        return np.flatnonzero(flags & BAND).tolist()

    @property
    def record(self) -> Record:
        """What came so far."""
        return Record(stimulus=self.plan.stimulus, plan=self.plan, netlist=ideal(),
                      calibration=Calibration(), chunks=tuple(self.seen))


@pytest.fixture
def pulse() -> Watched:
    return Watched(plan("program"))


@pytest.fixture
def pulse_and_read() -> Watched:
    return Watched(plan("program", "read", "read"))


def test_a_healthy_chunk_stays_the_same(pulse):
    one = chunk(*level(PULSE_V))
    assert pulse.see(one) == []
    assert pulse.seen[0] is one
    assert pulse.man.alerts == {}


def test_a_spike_is_no_alarm_and_what_lasts_is_flagged_where_it_is(pulse):
    v, i = level(PULSE_V)
    i[5:7] = 2e-3
    assert pulse.see(chunk(v, i)) == []
    i[9:14] = 2e-3
    assert pulse.see(chunk(v, i)) == [
        "guard limit: 2 mA through the device; the profile allows 1 mA at most "
        "(stimulus 3, repeat 0, 4.5 ms after its start)"]
    assert pulse.flagged() == [9, 10, 11, 12, 13]


def test_edges_pass_as_long_as_the_bench_settles(pulse):
    slow = Watchman(PROFILE, ideal(), Calibration(), replace(CAN, settle_s=4 * STEP_S))
    slow.begin(0, pulse.plan, WorstCase(v_high_v=1.0))
    v, i = level(PULSE_V)
    i[5:11] = 2e-3
    assert slow.see(chunk(v, i))[1] == []
    i[5:12] = 2e-3
    assert [one.points for one in slow.see(chunk(v, i))[1]] == [7]


def test_what_lasts_may_come_in_several_chunks(pulse):
    v, i = level(PULSE_V, points=2)
    assert pulse.see(chunk(v, [1e-4, 2e-3])) == []
    assert len(pulse.see(chunk(v, [2e-3, 2e-3], first=2))) == 1
    assert pulse.flagged(0) == []
    assert pulse.flagged(1) == [0, 1]
    assert pulse.see(chunk(v, i, first=4)) == []
    assert pulse.see(chunk(v, [2e-3, 2e-3], first=6)) == []
    assert pulse.flagged() == []


def test_a_guard_is_told_of_once_and_counts_on(pulse):
    v, i = level(PULSE_V, 800.0)
    assert len(pulse.see(chunk(v, i))) == 1
    assert pulse.see(chunk(v, i, repeat=1)) == []
    alert = pulse.man.alerts["limit"]
    assert (alert.points, alert.repeat, alert.index) == (2 * POINTS, 0, 3)


@pytest.mark.parametrize(("v_v", "ohm", "words"), [
    (0.0001, 0.01, "a conductance of 100 S at 100 uV; the profile has 10 uS to 1 mS"),
    (0.9, 1e9, "a conductance of 1 nS at 900 mV; the profile has 10 uS to 1 mS"),
    (-0.9, math.inf, "a conductance of 0 S at -900 mV; the profile has 10 uS to 1 mS"),
])
def test_a_device_that_is_shorted_or_open(pulse, v_v, ohm, words):
    v, i = level(v_v, ohm)
    worst = WorstCase(v_high_v=1.0, v_low_v=-1.0)
    pulse.man.begin(3, pulse.plan, worst)
    assert any(words in said for said in pulse.see(chunk(v, i)))
    assert pulse.flagged() == list(range(POINTS))


@pytest.mark.parametrize("ohm", [600.0, 1.9e5])
def test_a_device_a_little_outside_of_its_range_is_no_alarm(pulse, ohm):
    """What a device conducts depends on the voltage, and its range is known from reads."""
    assert pulse.see(chunk(*level(0.15, ohm))) == []


def test_a_device_that_is_not_linear_conducts_more_at_higher_levels(pulse):
    assert pulse.see(chunk(*level(0.5, 0.5e3))) == []


def test_nothing_is_said_within_the_uncertainty(pulse):
    v, i = level(0.9, math.inf)
    assert pulse.see(chunk(v, i, noise=4e-6)) == []
    assert len(pulse.see(chunk(v, i, noise=1e-6))) == 1


def test_voltage_beyond_what_the_plan_can_put_there(pulse):
    assert pulse.see(chunk(*level(1.1))) == [
        "guard limit: 1.1 V at the device; the plan can put 900 mV there at most "
        "(stimulus 3, repeat 0, 0 s after its start)"]
    other = Watched(plan("program"))
    assert other.see(chunk(*level(-0.2))) == [
        "guard limit: -200 mV at the device; the plan can put 0 V there at least "
        "(stimulus 3, repeat 0, 0 s after its start)"]


@pytest.mark.parametrize(("flag", "guard", "words"), [
    (Status.COMPLIANCE, "compliance", "the current limit was reached, with 100 mV and 10 uA"),
    (Status.CLIPPED, "clipped", "an input was beyond its range, with 100 mV and 10 uA"),
    (Status.OVERRANGE, "overrange", "a measurement was beyond its range, with 100 mV and 10 uA"),
])
def test_what_the_instruments_say(pulse, flag, guard, words):
    (said,) = pulse.see(chunk(*level(0.1), status=int(flag)))
    assert said.startswith(f"guard {guard}: {words}")
    assert pulse.man.alerts[guard].points == POINTS
    assert pulse.flagged() == []  # they are flagged already


def test_clipped_points_say_nothing_of_the_device(pulse):
    (said,) = pulse.see(chunk(*level(0.9, math.inf), status=int(Status.CLIPPED)))
    assert "guard clipped" in said


def test_in_a_train_the_repeat_is_flagged_that_it_is_in():
    watched = Watched(plan("program", repeat=4))
    v = np.full((4, POINTS), PULSE_V)
    i = v / OHM
    i[2, 4:] = 0.0
    (said,) = watched.see(chunk(v, i))
    assert "(stimulus 3, repeat 2, 2 ms after its start)" in said
    flags = watched.seen[0].channels[0].flags
    assert np.argwhere(flags).tolist() == [[2, k] for k in range(4, POINTS)]


def test_runs_of_points_end_with_their_repeat():
    watched = Watched(plan("program", repeat=2))
    v = np.full((2, POINTS), PULSE_V)
    i = v / OHM
    i[0, -2:] = i[1, :2] = 2e-3
    assert watched.see(chunk(v, i)) == []


# --- readings


def test_a_reading_outside_of_the_range_flags_its_window(pulse_and_read):
    pulse_and_read.see(chunk(*level(PULSE_V)))
    v, i = level(READ_V, math.inf)
    assert pulse_and_read.see(chunk(v, i, block=1, noise=1e-6)) == []
    assert pulse_and_read.see(chunk(v, i, block=2, noise=2e-7)) == [
        "guard conductance: a conductance of 0 S ± 577.4 nS was read at 100 mV; the profile has "
        "10 uS to 1 mS (stimulus 3, repeat 0, 2 ms after its start)"]
    assert pulse_and_read.flagged() == list(range(4, 16))
    found = [one.status for one in pulse_and_read.record.readings]
    assert found == [Status.OK, Status.OUT_OF_BAND]
    assert list(pulse_and_read.man.readings) == list(pulse_and_read.record.readings)


def test_readings_change_by_a_program_and_else_they_drift(pulse_and_read):
    pulse_and_read.see(chunk(*level(PULSE_V)))
    assert pulse_and_read.see(chunk(*level(READ_V), block=1)) == []
    assert pulse_and_read.see(chunk(*level(READ_V, 1.05 * OHM), block=2)) == []
    pulse_and_read.see(chunk(*level(PULSE_V), repeat=1))
    assert pulse_and_read.see(chunk(*level(READ_V, 2 * OHM), block=1, repeat=1)) == []
    assert pulse_and_read.see(chunk(*level(READ_V, 3 * OHM), block=2, repeat=1)) == [
        "guard drift: a conductance of 33.33 uS ± 0 S was read, 50 uS ± 0 S before, with no "
        "program in between (stimulus 3, repeat 1, 2 ms after its start)"]
    assert pulse_and_read.flagged() == list(range(4, 16))


def test_reads_at_other_levels_are_not_compared(pulse_and_read):
    assert pulse_and_read.see(chunk(*level(READ_V), block=1)) == []
    assert pulse_and_read.see(chunk(*level(2 * READ_V, 2 * OHM), block=2)) == []


def test_a_window_that_comes_in_parts_is_read_whole(pulse_and_read):
    v, i = level(READ_V)
    for first in range(0, POINTS, 5):
        assert pulse_and_read.see(chunk(v[:5], i[:5], block=1, first=first)) == []
    (found,) = pulse_and_read.man.readings
    assert found == readings_of(pulse_and_read.record)[0]
    assert found.samples == 12


@pytest.mark.parametrize("parts", [[(0, 6)], [(0, 6), (6, 10)], [(0, 10), (10, POINTS)]])
def test_a_read_that_ends_early_or_is_flagged_in_parts_says_what_the_record_says(
    pulse_and_read, parts
):
    """The last window may be half there, and its flags come in several chunks."""
    v, i = level(READ_V, math.inf)
    for block in (1, 2):
        for first, behind in parts:
            pulse_and_read.see(chunk(v[first:behind], i[first:behind], block=block, first=first))
    found = readings_of(pulse_and_read.record)
    assert len(found) == 2
    assert list(pulse_and_read.man.readings) == list(found)


def test_shots_that_are_gone_on_with_later_are_left_to_the_whole_record(pulse_and_read):
    v, i = level(READ_V)
    for first, block in ((0, 1), (0, 2), (10, 1), (10, 2)):
        pulse_and_read.see(chunk(v[:10], i[:10], block=block, first=first))
    assert pulse_and_read.man.readings is None


def test_what_is_found_on_the_way_is_what_the_whole_record_says(pulse_and_read):
    for repeat in range(3):
        pulse_and_read.see(chunk(*level(PULSE_V), repeat=repeat))
        for block in (1, 2):
            v, i = level(READ_V, OHM * (1 + repeat))
            pulse_and_read.see(chunk(v[:7], i[:7], block=block, repeat=repeat))
            pulse_and_read.see(chunk(v[7:], i[7:], block=block, repeat=repeat, first=7))
    record = pulse_and_read.record
    assert list(pulse_and_read.man.readings) == list(readings_of(record))
    whole, live = wear_of([record]), pulse_and_read.man.wear.total([record])
    assert live.charge_c == pytest.approx(whole.charge_c, rel=1e-12)
    assert live.energy_j == pytest.approx(whole.energy_j, rel=1e-12)
    assert (live.v_max_v, live.pulses) == (whole.v_max_v, whole.pulses)


def test_the_last_chunk_is_known_by_its_end(pulse_and_read):
    v, i = level(READ_V)
    assert not pulse_and_read.man.is_last(chunk(v, i, block=1))
    assert not pulse_and_read.man.is_last(chunk(v[:9], i[:9], block=2))
    assert pulse_and_read.man.is_last(chunk(v, i, block=2))
