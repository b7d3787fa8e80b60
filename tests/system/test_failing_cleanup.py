"""Steps of the way to safety that fail themselves, alone and two together, again and again.

No step prevents the next: whatever can be switched off is, and what is not surely off is said in
capitals, stored, and has an exit code of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from memrig.hil.bench import Bench, SafeState
from memrig.hil.calibration import Calibration
from memrig.hil.clock import VirtualClock
from memrig.hil.registry import load
from memrig.sim.twin.twin import Twin
from tests.system.failing import KINDS, Rig, in_process

STILL_ON = 5
BENCHES = ("twin", "twin-smu")
OUTPUTS = {1: "top_drive", 2: "bottom_drive"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the way to safety.

    :param words: of its message.
    :param output: that it switches off, or asks for.
    :param since: which message with these words is the first of a way out; those before belong to
        connecting.
    """

    role: str
    words: str
    output: int = 0
    since: int = 1

    @property
    def asks(self) -> bool:
        """Whether it is a read-back."""
        return self.words.endswith("?")

    @property
    def ways(self) -> tuple[str, ...]:
        """How it fails."""
        return ("lost-link", "no-answer", "time-out 1000 s") if self.asks else (
            "lost-link", "ignored", "error")

    def fault(self, way: str) -> str:
        """That it fails so, whenever it is taken."""
        return f"{self.role}:{way} from {self.since} on {self.words}"


STEPS = {
    "twin": (Step(role="awg", words="OUTP1 0", output=1, since=3),
             Step(role="awg", words="OUTP2 0", output=2, since=3),
             Step(role="awg", words="ABOR", since=2), Step(role="scope", words=":STOP", since=2),
             Step(role="awg", words="OUTP1?", output=1),
             Step(role="awg", words="OUTP2?", output=2)),
    "twin-smu": (Step(role="smu", words="OUTP1 0", output=1, since=3),
                 Step(role="smu", words="OUTP2 0", output=2, since=3),
                 Step(role="smu", words=":ABOR", since=2),
                 Step(role="smu", words="OUTP1?", output=1),
                 Step(role="smu", words="OUTP2?", output=2)),
}
Failing = Sequence[tuple[Step, str]]


def failing(kind: str, together: int) -> Iterator[Failing]:
    """Every combination of so many steps that fail, in every way."""
    for steps in itertools.combinations(STEPS[kind], together):
        for ways in itertools.product(*(step.ways for step in steps)):
            yield list(zip(steps, ways, strict=True))


@contextmanager
def opened(kind: str, faults: Sequence[str]) -> Iterator[tuple[Bench, Twin]]:
    """A bench in this process, in model time."""
    clock = VirtualClock()
    with in_process(kind, faults, clock) as (twin, description), closing(
            load("benches", description["bench"]["kind"])(
                description, clock=clock, calibration=Calibration())) as bench:
        yield bench, twin


def on_after_all(steps: Failing) -> set[int]:
    """Outputs that nothing has switched off."""
    return {step.output for step, way in steps if step.output and not step.asks
            and way in {"lost-link", "ignored"}}


def check(safe: SafeState, twin: Twin, steps: Failing) -> None:
    """That every other step was taken, and what did not work is said."""
    on, said = on_after_all(steps), "; ".join(safe.messages)
    assert {k for k, source in OUTPUTS.items() if twin.world.relays[source]} == on
    # An instrument that hangs when it is asked for one output is silent about the next one, too.
    hangs = any(way.startswith("time-out") for _, way in steps)
    unknown = {step.output for step, _ in steps if step.asks}
    assert safe.off == safe.verified == (not on and not unknown)
    for k in unknown:
        assert f"OUTPUT STATE UNKNOWN (OUTP{k}?)" in said
    for k in on - unknown:
        assert f"OUTPUT STILL ON although told off (OUTP{k}?)" in said or hangs
    for step, way in steps:
        if way == "lost-link" and not step.asks:
            assert f"{step.role}: {step.words}" in said
            assert "could not be sent" in said


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("kind", BENCHES)
def test_no_step_that_fails_prevents_the_next(kind: str, together: int) -> None:
    cases = 0
    for steps in failing(kind, together):
        where = " and ".join(step.fault(way) for step, way in steps)
        with opened(kind, [step.fault(way) for step, way in steps]) as (bench, twin):
            with bench.energised():
                assert all(twin.world.relays.values())
            try:
                check(bench.make_safe(), twin, steps)
            except AssertionError as error:
                error.add_note(where)
                raise
        cases += 1
    print(f"{cases} combinations of {together} on {kind}")
    assert cases > 10 * together


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_surely_off_is_shouted_and_stored(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the run itself went well; its data are kept."""
    rig = Rig(kind, tmp_path, monkeypatch)
    awg = "smu" if kind == "twin-smu" else "awg"
    for fault, words in ((f"{awg}:stays-on", "OUTPUT STILL ON although told off (OUTP1?)"),
                         (f"{awg}:no-answer on OUTP1?", "OUTPUT STATE UNKNOWN (OUTP1?)")):
        outcome = rig.run(fault)
        assert outcome.twin.world.outputs_on == ("STILL ON" in words)
        assert outcome.code == STILL_ON
        assert outcome.sentence.startswith(f"OUTPUTS MAY STILL BE ON: {awg}: {words}")
        assert outcome.message == f"BenchError: {outcome.sentence}"
        assert (outcome.status, outcome.kept) == ("failed", [0, 1])
        broken = rig.run(fault, f"{awg}:error from 3 on SYST:ERR?")
        assert broken.code == STILL_ON
        assert "-310 System error (100 times); OUTPUTS MAY STILL BE ON: " in broken.sentence
        assert f"; OUTPUTS MAY STILL BE ON: {awg}: {words}" in broken.sentence
        assert broken.message == f"BenchError: {broken.sentence}"
