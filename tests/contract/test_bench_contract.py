"""What every bench promises, whatever it is made of. A new kind is covered by being registered."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from memrig.hil.clock import VirtualClock
from memrig.hil.errors import BenchError, InfeasibleError, LinkError, StoppedError
from memrig.hil.shapes import ramps, rectangle
from memrig.hil.status import Status
from memrig.hil.stimulus import Role, Stimulus
from memrig.hil.waveform import Waveform
from tests.contract.conftest import (
    ALL,
    INSTRUMENTS,
    OHM,
    PLAYING,
    Opener,
    Station,
    answered,
    series,
)

FIRING = ("*TRG", "INIT")
"""Parts of messages that start something."""


def pulse(level_v: float = 1.0, width_s: float = 1e-4, **more: float) -> Stimulus:
    return Stimulus(role=Role.PROGRAM, top=rectangle(level_v=level_v, width_s=width_s), **more)


# --- planning


@pytest.mark.parametrize("kind", ALL)
def test_preparing_says_nothing_and_gives_the_same_every_time(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        before, now_s = station.messages, station.bench.clock.now_s
        plans = [station.bench.prepare(series()) for _ in range(2)]
        assert station.messages == before
        assert station.bench.clock.now_s == now_s
    assert plans[0].sha256 == plans[1].sha256
    assert plans[0].stimulus == series()
    assert plans[0].spacing_s >= series().spacing_s * (1 - 1e-12)


@pytest.mark.parametrize("kind", ALL)
def test_the_plan_is_the_stimulus_within_the_resolution(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        plan, can = station.bench.prepare(series()), station.bench.capabilities
    asked, planned = (one.top - one.bottom for one in (plan.stimulus, plan))
    at_s = np.array([-1e-6, 5e-5, 9.9e-5, 2e-4, 8.9e-4, 1e-3, 1.89e-3, 1.99e-3])
    assert np.abs(planned.value(at_s) - asked.value(at_s)).max() <= 1.01 * can.v_resolution_v
    assert [block.kind for block in plan.blocks] == ["program", "read"]
    for block in plan.blocks:
        if not can.independent_bottom:
            assert block.bottom.is_zero
    (window,) = plan.blocks[1].windows
    start_s = plan.blocks[1].start_s
    assert start_s + window.start_s == pytest.approx(11e-4, abs=max(can.step_min_s, 1e-9))


def refusal(station: Station, stimulus: Stimulus) -> str:
    """The sentence that refuses a stimulus; nothing may have been said to an instrument."""
    before = station.messages
    with pytest.raises(InfeasibleError) as caught:
        station.bench.prepare(stimulus)
    assert station.messages == before
    sentence = str(caught.value)
    assert " asked, " in sentence
    assert sentence.endswith(" allowed; nothing was sent")
    return sentence


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_the_figures_of_the_capabilities_are_true(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        can = station.bench.capabilities
        for stimulus in (pulse(width_s=can.pulse_min_s), pulse(can.v_max_v), pulse(-can.v_max_v)):
            assert not station.bench.prepare(stimulus).adjustments
        assert " V asked, at most " in refusal(station, pulse(1.001 * can.v_max_v))
        assert " V asked, at most " in refusal(station, pulse(-100.0))
        assert "s asked, at least " in refusal(station, pulse(width_s=0.7 * can.pulse_min_s))


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_what_exceeds_the_memory_is_refused(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        teeth = [0.0, *[1.0, 0.5] * 20_000, 0.0]  # never at rest
        sweep = ramps(corners_v=teeth, period_s=20.0)
        assert "s asked, at least " in refusal(station, Stimulus(role=Role.SWEEP, top=sweep))
        edges = np.arange(station.bench.capabilities.points_max + 2) * 1e-3
        levels = np.where(np.arange(edges.size - 1) % 2, 1.0, 0.5)
        stairs = Waveform(t_s=np.repeat(edges, 2),
                          v_v=np.concatenate([[0.0], np.repeat(levels, 2), [0.0]]))
        assert "asked, at " in refusal(station, Stimulus(role=Role.SPIKE_PAIR, top=stairs))


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_current_limit_that_cannot_be_kept_is_refused(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        can = station.bench.capabilities
        if can.compliance == "hardware":
            sentence = refusal(station, pulse(compliance_a=2.0 * can.i_max_a))
        else:
            sentence = refusal(station, pulse(compliance_a=1e-6))
    assert sentence.startswith("limit of the current")
    assert "A asked, " in sentence


# --- running


@pytest.mark.parametrize("kind", ALL)
def test_every_block_of_every_repeat_comes_with_all_probes(opened: Opener, kind: str) -> None:
    with opened(kind) as station, station.bench.energised():
        record = answered(station.bench, series())
        probes = {probe.name for probe in station.bench.describe().netlist.probes}
    places = list(dict.fromkeys((c.repeat, c.block) for c in record.chunks))
    assert places == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for chunk in record.chunks:
        assert {channel.probe for channel in chunk.channels} == probes
        assert len({channel.times_s.size for channel in chunk.channels}) == 1
    times_s = [chunk.t_s for chunk in record.chunks]
    assert times_s == sorted(times_s)
    period_s = next(c.t_s for c in record.chunks if c.repeat == 1) - times_s[0]
    assert period_s >= series().period_s * (1 - 1e-9)


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_known_resistor_is_read_within_its_uncertainty(opened: Opener, kind: str) -> None:
    with opened(kind) as station, station.bench.energised():
        record = answered(station.bench, series())
    assert len(record.readings) == 2
    for reading in record.readings:
        assert reading.status is Status.OK
        assert 0.0 < reading.u_siemens < 0.1 / OHM
        assert abs(reading.conductance_siemens - 1.0 / OHM) < 4.0 * reading.u_siemens


@pytest.mark.parametrize("kind", PLAYING)
def test_one_run_after_another_works_and_gives_the_same(opened: Opener, kind: str) -> None:
    found = []
    with opened(kind) as station:
        for _ in range(3):
            with station.bench.energised():
                found.append(answered(station.bench, series(repeat=1)).readings[0])
    for reading in found[1:]:
        # The model's device has been programmed meanwhile; a resistor has not.
        limit = 0.2 if kind == "model" else 8.0 * reading.u_siemens / reading.conductance_siemens
        assert reading.conductance_siemens == pytest.approx(
            found[0].conductance_siemens, rel=limit)


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_the_current_is_kept(opened: Opener, kind: str) -> None:
    limit_a = 1e-3
    with opened(kind, device={"kind": "resistor", "ohm": 1.0}) as station:
        assert station.twin is not None
        world = station.twin.world
        world.hold(station, 0.0)
        with station.bench.energised():
            bench = station.bench
            plan = bench.prepare(pulse(width_s=2e-3, compliance_a=limit_a))
            list(bench.apply(plan, threading.Event()))
            seen = world.truth()
    fired = np.abs(seen.i_dut_a) > 0.5 * limit_a
    late_s = seen.t_s[fired].min() + 2e-4  # a limit acts late
    assert np.abs(seen.i_dut_a[seen.t_s > late_s]).max() < 1.02 * limit_a


TRIPPED = "OUTP1:STAT? reads back 0 instead of 1; an output is off that nobody has switched off"


SLOW = Stimulus(role=Role.SWEEP, top=ramps(corners_v=[0.0, 1.0, 0.0], period_s=2.0), points=40)


@pytest.mark.parametrize(("kind", "stimulus"), [
    *((kind, series(repeat=20)) for kind in INSTRUMENTS),
    *((kind, SLOW) for kind in INSTRUMENTS if kind.startswith("smu"))])
def test_an_output_that_trips_is_noticed_with_its_chunk(
    opened: Opener, kind: str, stimulus: Stimulus
) -> None:
    with opened(kind) as station:
        assert station.twin is not None
        role = "awg" if "awg" in station.transports else "smu"
        with station.bench.energised():
            chunks = station.bench.apply(station.bench.prepare(stimulus), threading.Event())
            assert [next(chunks).repeat for _ in range(2)] == [0, 0]
            station.twin.models[role].trip()
            with pytest.raises(BenchError) as caught:
                next(chunks)
    assert str(caught.value) == f"{role}: {TRIPPED}"


# --- the way out


@contextmanager
def at_message(station: Station, number: int, act: Callable[[], object]) -> Iterator[None]:
    """Do something just before the ``number``-th message from now on is sent."""
    left = [number]

    def counted(send: Callable[..., None]) -> Callable[..., None]:
        def sending(*words: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                act()
            send(*words)

        return sending

    for one in station.transports.values():
        one.write = counted(one.write)  # type: ignore[method-assign]
        one.write_block = counted(one.write_block)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for one in station.transports.values():
            del one.write, one.write_block


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_failure_at_any_message_leaves_the_outputs_off(opened: Opener, kind: str) -> None:
    """Every message of a run, those that switch off included, in turn; a dead link and Ctrl-C."""
    on: list[bool] = []
    with opened(kind) as station:

        def fail() -> None:
            on.append(station.outputs_on)
            raise LinkError("the cable is out") if len(on) % 2 else KeyboardInterrupt

        while True:
            number = len(on) + 1
            try:
                with at_message(station, number, fail), station.bench.energised():
                    answered(station.bench, series(repeat=1))
            except (LinkError, KeyboardInterrupt):
                pass
            station.catch_up()
            assert not station.outputs_on, f"message {number}"
            if len(on) < number:
                break
        assert station.bench.make_safe().verified
    assert len(on) > 20
    assert 0 < sum(on) < len(on)


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_what_a_dead_link_still_held_does_not_undo_the_switching_off(
    opened: Opener, kind: str
) -> None:
    """The link dies with an order in it, which is carried out after those of the next link."""
    held, later = threading.Event(), threading.Event()

    def dawdle(_: str, message: str) -> None:
        if not held.is_set():
            held.set()
            assert later.wait(10.0)
        elif message.endswith("?") or message == first:
            later.set()

    def fail() -> None:
        raise LinkError("the cable is out")

    with opened(kind) as station:
        first = next(iter(station.bench._instruments.values())).off_messages()[0]
        with station.bench.energised():
            station.before = dawdle
            with at_message(station, 2, fail):
                assert station.bench.make_safe().verified
        station.catch_up()
        assert not station.outputs_on
    assert held.is_set()


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_stop_at_any_message_fires_nothing_more(opened: Opener, kind: str) -> None:
    with opened(kind) as station, station.bench.energised():
        plan, number, stopped = station.bench.prepare(series()), 0, True
        assert station.bench.transcript  # reading it empties it
        while stopped:
            number += 1
            stop = threading.Event()
            with at_message(station, number, stop.set):
                chunks = list(station.bench.apply(plan, stop))
            sent = [text for _, _, way, text in station.bench.transcript if way == ">"]
            stopped = stop.is_set()
            if stopped:
                later = sent[number:]
                assert not [text for text in later if any(word in text for word in FIRING)]
                assert len(later) <= 12  # the record of what was fired is kept
                station.bench.clock.sleep(1.0)  # what was fired has come to its end
    assert number > 12
    assert len({(c.repeat, c.block) for c in chunks}) == 4


@pytest.mark.parametrize("kind", ALL)
def test_a_stop_between_chunks_ends_before_the_next_block(opened: Opener, kind: str) -> None:
    stop = threading.Event()
    with opened(kind) as station, station.bench.energised():
        chunks = station.bench.apply(station.bench.prepare(series()), stop)
        next(chunks)
        before = station.messages
        stop.set()
        assert list(chunks) == []
        assert station.messages - before <= 1


@pytest.mark.parametrize("error", [None, ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("kind", ALL)
def test_leaving_energised_switches_off(
    opened: Opener, kind: str, error: type[BaseException] | None
) -> None:
    def leave() -> None:
        with station.bench.energised():
            assert station.outputs_on or station.twin is None
            next(station.bench.apply(station.bench.prepare(series()), threading.Event()))
            if error is not None:
                raise error

    with opened(kind) as station:
        if error is None:
            leave()
        else:
            with pytest.raises(error):
                leave()
        assert not station.outputs_on
        safe = station.bench.make_safe()
        assert (safe.off, safe.verified) == (True, True)


@pytest.mark.parametrize("kind", ALL)
def test_making_safe_twice_and_closing_twice_do_no_harm(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        station.bench.make_safe()
        assert station.bench.make_safe().off
        station.bench.close()
        station.bench.close()
        assert station.bench.make_safe().off


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_the_first_messages_alone_switch_everything_off(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        sources = station.bench.describe().netlist.of_kind("source")
        with station.bench.energised():
            assert station.bench.transcript  # reading it empties it
            station.bench.make_safe()
            sent = [(role, text) for _, role, way, text in station.bench.transcript if way == ">"]
        first = sent[: len(sources)]
        assert not [text for _, text in first if "?" in text]
        with station.bench.energised():
            assert station.outputs_on
            for role, text in first:
                station.transports[role].write(text)
            station.catch_up()
            assert not station.outputs_on


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_another_thread_can_switch_off_while_an_answer_is_awaited(
    opened: Opener, kind: str
) -> None:
    """An instrument that hangs holds up its answer, not the way to safety."""
    waiting, done = threading.Event(), threading.Event()
    caught: list[Exception] = []

    def hang(_: str, text: str) -> None:
        if any(word in text for word in FIRING) and not waiting.is_set():
            waiting.set()
            done.wait(20.0)

    def run() -> None:
        try:
            with station.bench.energised():
                answered(station.bench, series())
        except Exception as error:  # noqa: BLE001  # whatever it is, it must be one
            caught.append(error)

    with opened(kind) as station:
        station.before = hang
        worker = threading.Thread(target=run)
        worker.start()
        try:
            assert waiting.wait(20.0)
            assert station.outputs_on
            assert station.bench.make_safe().off
            assert not station.outputs_on
        finally:
            done.set()
            worker.join()
    assert [type(error).__name__ for error in caught] == ["StoppedError"]


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_a_bench_made_safe_while_it_is_energised_stays_off(
    opened: Opener, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(kind) as station:
        first = next(iter(station.bench._instruments.values()))
        prepare = first.prepare

        def interrupted(*given: object) -> None:
            prepare(*given)
            station.bench.make_safe()

        monkeypatch.setattr(first, "prepare", interrupted)
        with pytest.raises(StoppedError, match="made safe while"), station.bench.energised():
            pass
        sent = [text for _, _, way, text in station.bench.transcript if way == ">"]
        assert not station.outputs_on
        assert not [text for text in sent if "OUTP1 1" in text]


@pytest.mark.parametrize("kind", ALL)
def test_it_says_what_it_is(opened: Opener, kind: str) -> None:
    with opened(kind) as station:
        info, can = station.bench.describe(), station.bench.capabilities
        assert info.simulated
        assert isinstance(station.bench.clock, VirtualClock)
        assert set(info.identities) >= set(station.transports)
        assert all(info.identities.values())
        assert can.v_max_v > 0.0
        assert 0.0 <= can.pulse_min_s <= can.settle_s or math.isfinite(can.pulse_min_s)
        assert set(info.drives) == {
            source.name for source in info.netlist.of_kind("source")
        } or not station.transports
