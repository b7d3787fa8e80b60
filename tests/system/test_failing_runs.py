"""A run that fails at any of its messages: outputs off, every completed step kept, the right words.

The short run of ``failing`` is made once for every message and every way to fail, so that each of
its messages is in turn the one at which it happens. A new way to fail is one more row.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.failing import KINDS, Outcome, Rig

DONE, DEFECT, BROKEN, STILL_ON, GUARDED, STOPPED = 0, 1, 4, 5, 6, 130
STATUS = {DONE: {"finished"}, DEFECT: {"failed", ""}, BROKEN: {"failed", ""},
          STILL_ON: {"failed"}, GUARDED: {"stopped"}, STOPPED: {"stopped", "finished", ""}}
"""What the store may call a run that ended with an exit code; empty where it had not begun."""
STRIDE = 6


class OwnError(RuntimeError):
    """A defect of ours."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to fail.

    :param fault: of the simulated instruments, without its moment.
    :param act: what happens in the controller just before a message is sent.
    :param codes: exit codes that are right, but for 0 where it changes nothing any more.
    :param words: what the sentence says, one of them.
    :param questions: whether only messages with an answer can be concerned.
    :param early: whether it changes nothing while the instruments are being connected.
    :param unseen: whether it may be that nobody can notice it.
    """

    fault: str = ""
    act: Callable[[], object] | None = None
    codes: tuple[int, ...] = (BROKEN,)
    words: tuple[str, ...] = ()
    questions: bool = False
    early: bool = False
    unseen: bool = False


def own_error() -> None:
    raise OwnError("made up")


def impatience() -> None:
    raise KeyboardInterrupt


def terminate() -> None:
    """Before anybody listens the process would end at once; nothing is on then."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        signal.raise_signal(signal.SIGTERM)


SILENCE = ("did not answer within",)
NONSENSE = ("out of step", "was expected at", "reads back", *SILENCE)
STALE = (*NONSENSE, "read back", "came again", "refused")
WAYS = {
    "link cut": Way(fault="lost-link", words=("the link failed at",)),
    "time-out": Way(fault="time-out 12 s", codes=(BROKEN, STILL_ON), words=SILENCE),
    "hanging": Way(fault="time-out 1000 s", codes=(BROKEN, STILL_ON), words=SILENCE),
    "answer lost": Way(fault="no-answer", questions=True, words=SILENCE),
    "error reply": Way(fault="error -310", words=("-310 System error",), early=True),
    "garbage": Way(fault="garbage", questions=True, words=NONSENSE),
    "stale answer": Way(fault="stale", codes=(BROKEN, GUARDED), questions=True, words=STALE,
                        unseen=True),
    "truncated": Way(fault="truncated", questions=True, words=SILENCE),
    "wrong length": Way(fault="wrong-length -2", questions=True, words=NONSENSE, unseen=True),
    "own error": Way(act=own_error, codes=(DEFECT,)),
    "SIGINT": Way(act=lambda: signal.raise_signal(signal.SIGINT), codes=(STOPPED,)),
    "SIGTERM": Way(act=terminate, codes=(STOPPED,), early=True),
    "second SIGINT": Way(act=impatience, codes=(STOPPED,)),
}
ALL = bool(os.environ.get("MEMRIG_MATRIX"))
"""Whether every message is tried; else each of them by some of the ways."""


def tried(whole: Outcome, name: str) -> list[tuple[int, str]]:
    """Numbers and words of the messages that are tried: all in turn, or every sixth, from another
    one on for each way."""
    asked = [text for _, text in whole.sent if not WAYS[name].questions or "?" in text]
    first, step = (0, 1) if ALL else (list(WAYS).index(name) % STRIDE, STRIDE)
    return list(enumerate(asked, 1))[first::step]


def failed_at(rig: Rig, way: Way, number: int) -> Outcome:
    """A run that fails at one message."""
    if way.act is not None:
        return rig.run(before=once(number, way.act))
    return rig.run(f"any:{way.fault} at {number}{' on ?' if way.questions else ''}")


def once(number: int, act: Callable[[], object]) -> Callable[[str, str], None]:
    """Do something at the n-th message."""
    left = [number]

    def sent(*_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    return sent


def check(outcome: Outcome, way: Way, where: str) -> None:
    """What must hold however a run ended."""
    assert not outcome.twin.world.outputs_on, where
    assert outcome.code in {DONE, *way.codes}, f"{where}: {outcome.code} {outcome.err}"
    assert outcome.status in STATUS[outcome.code], f"{where}: {outcome.status!r}"
    assert set(outcome.completed) <= set(outcome.kept), where
    if outcome.code in {BROKEN, STILL_ON}:
        said = outcome.sentence
        assert any(words in said for words in way.words), f"{where}: {said}"
        assert ("MAY STILL BE ON" in said) == (outcome.code == STILL_ON), where
        assert ("OUTPUT STATE UNKNOWN" in said) == (outcome.code == STILL_ON), where
        assert not outcome.status or outcome.message.endswith(said), f"{where}: {outcome.message}"
    if outcome.code == DEFECT:
        assert type(outcome.raised) is OwnError, where
        assert not outcome.status or outcome.raised.__notes__ == [
            "memrig: the outputs are off, the data are kept"], where
    if outcome.code == DONE or outcome.status == "finished":
        assert outcome.kept == [0, 1], where


def may_pass(whole: Outcome, way: Way) -> set[int]:
    """Numbers of the messages at which a way to fail may change nothing: those of the way out, and
    what is said to an instrument before its errors are cleared or anybody listens."""
    texts = [text for _, text in whole.sent]
    out = len(texts) - texts[::-1].index("SYST:ERR?")
    while way.early and texts[out - 1] == "SYST:ERR?":
        out -= 1  # what it has answered cannot tell of an error that comes then
    begun = next(k for k, text in enumerate(texts) if text.startswith("FORM")) if way.early else 0
    asked = [k for k, text in enumerate(texts) if not way.questions or "?" in text]
    return {number for number, k in enumerate(asked, 1) if way.unseen or k >= out or k < begun}


@pytest.fixture
def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    """A rig of the kind that the test names.

    A shell starts what is in its background with SIGINT ignored, these tests, too; then a run that
    is being connected, when only Python listens, would hear none.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Rig(request.param, tmp_path, monkeypatch)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("rig", KINDS, indirect=True)
def test_whatever_fails_at_any_message(rig: Rig, name: str) -> None:
    """One test for all messages: a case takes a twentieth of what a test of its own would."""
    way, whole, cases = WAYS[name], rig.run(), 0
    assert (whole.code, whole.status, whole.kept) == (DONE, "finished", [0, 1])
    passing = may_pass(whole, way)
    for number, message in tried(whole, name):
        where = f"{name} at message {number}, {message}"
        outcome = failed_at(rig, way, number)
        check(outcome, way, where)
        assert outcome.code != DONE or number in passing, f"{where}: not noticed"
        cases += 1
    print(f"{cases} cases of {name} on {rig.kind}")
    assert cases > 4


HARMLESS = re.compile(r"OUTP\d 0|\*CLS;\*RST|:?ABOR|:STOP|:SOUR\d:DATA:VOL:CLE|:CHAN\d:(DISP|PROB)")
"""Settings that are so already, or are asked for in the end."""


@pytest.mark.parametrize("rig", KINDS, indirect=True)
def test_a_setting_that_is_ignored_is_noticed(rig: Rig) -> None:
    whole, cases, source = rig.run(), 0, ":WAV:SOUR CHAN1"
    for number, (_, message) in enumerate(whole.sent, 1):
        first, before = message.partition(";")[0], source
        source = first if first.startswith(":WAV:SOUR") else source
        if "?" in first or HARMLESS.match(message) or first == before:
            continue
        outcome = rig.run(f"any:ignored at {number}")
        assert outcome.code == BROKEN, f"message {number}, {message}: not noticed"
        assert not outcome.twin.world.outputs_on
        cases += 1
    assert cases > 5


@pytest.mark.parametrize("rig", KINDS, indirect=True)
def test_an_output_that_trips_ends_the_run(rig: Rig) -> None:
    role = "smu" if rig.kind == "twin-smu" else "awg"
    outcome = rig.run(f"{role}:tripped at 25")
    assert outcome.code == BROKEN
    assert outcome.sentence == (f"{role}: OUTP1:STAT? reads back 0 instead of 1; an output is off "
                                "that nobody has switched off")
    assert outcome.kept == outcome.completed


EARLY = r"scope: triggered before the generator was told to play; .*"
LATE = r"scope: still (recording|arming) after 5 s; .*"
NOT_STARTED = r"smu: (0 of \d+ points of a list came; .*|the points of the list before came .*)"


@pytest.mark.parametrize(("rig", "fault", "sentence"), [
    ("twin-single", "awg:stuck-trigger from 15", EARLY),
    ("twin-single", "scope:stuck-trigger from 12", EARLY),
    ("twin-single", "awg:missed-trigger from 15", LATE),
    ("twin-single", "scope:missed-trigger from 12", LATE),
    ("twin-smu", "smu:missed-trigger from 12", NOT_STARTED),
], indirect=["rig"])
def test_a_trigger_that_comes_early_or_never_ends_the_run(
    rig: Rig, fault: str, sentence: str
) -> None:
    outcome = rig.run(fault)
    assert outcome.code == BROKEN, fault
    assert re.fullmatch(sentence, outcome.sentence), outcome.sentence
    assert not outcome.twin.world.outputs_on
    assert outcome.kept == outcome.completed
