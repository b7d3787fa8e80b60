"""What goes over the wire: every waveform once, and a constant number of messages per shot."""

from __future__ import annotations

import threading

import pytest

from memrig.hil import execute
from memrig.hil.errors import BenchError
from memrig.hil.registry import load
from memrig.hil.run import Run
from memrig.hil.shapes import rectangle, rest, saw_spike
from memrig.hil.stimulus import Role, Stimulus
from tests.contract.conftest import Station, instruments

PAIRS = 300
POINTS = 2000
"""Of one oscilloscope channel's record."""
SETUP_MESSAGES = 80
"""Connecting, settings of a run, ranges, uploads and their checks, switching off: once per run,
however long it is."""
HEAD = 18
"""Of a block's reply: its channel, #8, eight digits, newline; rounded up."""


def waveforms(run: Run) -> set[tuple[int, str]]:
    """Distinct (channel, codes) of all plans, and the rest that every channel has."""
    found: set[tuple[int, str]] = set()
    for record in run.records:
        for block in record.plan.blocks:
            for k, one in enumerate(block.settings["channels"]):
                found |= {(k, "REST"), (k, one["codes"] if one else "REST")}
    return found


def shots(run: Run) -> int:
    """Blocks that the plans play in all."""
    return sum(record.plan.repeat * len(record.plan.blocks) for record in run.records)


def watch(station: Station, words: tuple[str, ...]) -> dict[str, int]:
    """Counts messages that hold a word, as the instruments hear them."""
    heard = dict.fromkeys(words, 0)

    def look(_: str, text: str) -> None:
        for word in words:
            heard[word] += word in text

    station.before = look
    return heard


@pytest.mark.parametrize(("kind", "pairs", "channels"), [
    ("awg-scope-single", PAIRS, 2), ("awg-scope-two", 50, 3)])
def test_a_train_uploads_each_waveform_once(kind: str, pairs: int, channels: int) -> None:
    series = load("protocols", "pulse-series").from_text(
        {"count": str(pairs), "order": "potentiation", "read_window": "200us"})
    with instruments(kind) as station:
        heard = watch(station, (":DATA:ARB", "*TRG", ":SING", "WAV:DATA?", "SYST:ERR?"))
        run = execute(series, station.bench, seed=1)
        counted = {role: server.counters for role, server in station.servers.items()}
        sent = {role: one.counters for role, one in station.transports.items()}
    assert max(len(record.readings) for record in run.records) == pairs
    assert heard[":DATA:ARB"] == len(waveforms(run))
    assert heard[":DATA:ARB"] < 12  # the run's own waveforms, those of the reads around it, rest
    fired = heard["*TRG"]
    assert 0 <= fired - shots(run) <= 12  # a read that has to find its range is fired again
    assert heard[":SING"] == fired
    assert heard["WAV:DATA?"] == channels * fired
    assert heard["SYST:ERR?"] < SETUP_MESSAGES / 2
    awg, scope = counted["awg"], counted["scope"]
    # Per shot: what changes from pulse to read, and the trigger; settings with the arming, the
    # questions whether it waits and whether it is done, and every channel.
    assert awg.messages <= 2 * fired + SETUP_MESSAGES
    assert scope.messages <= (3 + channels) * fired + SETUP_MESSAGES
    data = channels * 2 * POINTS * fired
    assert data <= scope.bytes_out <= data + fired * (channels * HEAD + 64) + SETUP_MESSAGES * 80
    assert awg.bytes_in <= 2 * fired * 80 + SETUP_MESSAGES * 160
    for role, one in sent.items():
        server = counted[role]
        assert (one.messages, one.bytes_out, one.bytes_in) == (
            server.messages, server.bytes_in, server.bytes_out), role


def spikes(dt_s: float) -> Stimulus:
    """The article's pair: post at the top, pre at the bottom."""
    post = saw_spike(positive_v=1.1, negative_v=0.45, positive_s=1e-3, negative_s=1e-2)
    pre = saw_spike(positive_v=0.75, negative_v=0.6, positive_s=1e-3, negative_s=1e-2)
    post = post.shift(dt_s)
    start_s, stop_s = min(pre.start_s, post.start_s), max(pre.stop_s, post.stop_s)
    frame = rest(stop_s - start_s)
    return Stimulus(role=Role.SPIKE_PAIR, top=frame + post.shift(-start_s),
                    bottom=frame + pre.shift(-start_s), labels={"dt_s": dt_s})


def test_spikes_are_uploaded_once_and_shifted_by_the_trigger_delay() -> None:
    delays_s = [k * 1.2345e-4 for k in range(-6, 7)]
    with instruments("awg-scope-two") as station:
        heard = watch(station, (":DATA:ARB", ":DEL", "*TRG"))
        assert station.twin is not None
        world = station.twin.world
        with station.bench.energised():
            before, settings = heard[":DATA:ARB"], heard[":DEL"]
            for dt_s in delays_s:
                plan = station.bench.prepare(spikes(dt_s))
                list(station.bench.apply(plan, threading.Event()))
                top, bottom = plan.blocks[0].settings["channels"]
                apart_s = top["delay_s"] - bottom["delay_s"]
                assert abs(apart_s - dt_s) < 1e-9
        assert heard[":DATA:ARB"] - before == 2  # one per electrode
        assert len(delays_s) - 1 <= heard[":DEL"] - settings <= 2 * len(delays_s)
        assert heard["*TRG"] == len(delays_s) == world.pulses / 2


@pytest.mark.parametrize("kind", ["awg-scope-single", "awg-scope-two"])
def test_what_a_generator_has_kept_is_never_played_in_place_of_what_it_does_not_take(
    kind: str
) -> None:
    """As many points, another level; and a rest that a calibration has moved."""
    old, new = (Stimulus(role=Role.PROGRAM, top=rectangle(level_v=v, width_s=1e-4))
                for v in (2.0, 0.5))
    with instruments(kind) as station:
        assert station.twin is not None
        bench, world = station.bench, station.twin.world
        with bench.energised():
            list(bench.apply(bench.prepare(old), threading.Event()))
        played = world.pulses
        station.before = lambda _, text: b"" if ":DATA:ARB" in text or "VOL:CLE" in text else None
        refused = r"awg \(.*\) refused a waveform: 785 Specified arb waveform does not exist"
        with pytest.raises(BenchError, match=refused), bench.energised():
            list(bench.apply(bench.prepare(new), threading.Event()))
        assert world.pulses == played
        awg = bench.awg  # type: ignore[attr-defined]
        with pytest.raises(BenchError, match=r"awg \(.*\) refused the settings of a run: 785 "):
            awg.prepare([77] * len(awg.channels))
        assert not station.outputs_on
