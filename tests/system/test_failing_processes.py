"""A run in a process of its own, on sockets, that fails at chosen messages.

What ``test_failing_runs`` does at every message in model time, here with all that is real: the
process, its signals, the connections. With MEMRIG_MATRIX (``make matrix``) at every message, too.
"""

from __future__ import annotations

import signal
import sys

import pytest

from memrig.hil.cli.signals import HEARD
from memrig.hil.store import Store
from tests.system.failing import OHM, has_all
from tests.system.test_failing_runs import ALL, BROKEN, DONE, STATUS, STOPPED, WAYS

KIND = "twin-smu"
RUN = ["run", "pulse", "-p", "amplitude=1V", "-p", "read_level=100mV", "-p", "read_window=1ms",
       "-p", "gap=1ms", "--seed", "1", "--bench"]
SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
"""Whoever adds one here says below how a process may end of it."""
FAULTS = ("link cut", "answer lost", "error reply", "garbage", "stale answer", "truncated",
          "wrong length")
PLACES = {"link cut": (0.3, 0.8), "answer lost": (0.5,), "error reply": (0.6,), "garbage": (0.4,),
          "SIGINT": (0.5, 0.9), "SIGTERM": (0.7,)}
"""Where in a run it fails where not everything is tried."""
SLOW = 8
"""Every so many messages where the controller waits ten seconds for each."""
LIMIT_S = 90

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")


@pytest.fixture
def failed(lab, process, folder):
    """A run that fails in a way at a message; gives its laboratory, exit code and words."""

    def run(name, number):
        way = WAYS[name]
        only = " on ?" if way.questions else ""
        faults = [f"any:{way.fault} at {number}{only}"] if name in FAULTS else []
        bench = lab(KIND, change={"twin": {
            "seed": 1, "device": {"kind": "resistor", "ohm": OHM}, "faults": faults}})
        if name in SIGNALS:
            bench.when(lambda lab: lab.messages == number,
                       lambda: child.send_signal(SIGNALS[name]))
        (folder / "memrig.sqlite").unlink(missing_ok=True)
        child = process(*RUN, bench.file)
        out, err = child.communicate(timeout=LIMIT_S)
        return bench, child.returncode, out, err

    return run


def stored(folder):
    """Status of the stored run, and whether its complete records are whole; none where it had not
    begun."""
    if not (folder / "memrig.sqlite").exists():
        return "", True
    with Store.open(folder / "memrig.sqlite") as store:
        if not store.runs():
            return "", True
        run = store.load("last")
        whole = all(has_all(record) for _, record in run.numbered() if not record.cut_short)
        return run.status, whole


def check(name, bench, code, err, folder, where):
    """What must hold however the process ended."""
    status, whole = stored(folder)
    assert not bench.world.outputs_on, where
    assert whole, where
    if code < 0:  # before anybody listened to the signal, or when the run had come to its end
        assert code == -SIGNALS[name], where
        assert bench.closed == [] or status == "finished", f"{where}: {status!r}"
        return
    assert code in {DONE, *WAYS[name].codes}, f"{where}: {code} {err}"
    assert status in STATUS[code], f"{where}: {status!r}"
    assert "Traceback" not in err, f"{where}: {err}"
    if code == BROKEN:
        assert err.startswith("memrig: "), where
        assert any(words in err for words in (*WAYS[name].words, "the link failed at")), err
    if code == STOPPED and status:
        assert err in {f"memrig: {HEARD}\n", "memrig: interrupted\n"}, err


def moments(name, total):
    """Numbers of the messages at which it fails."""
    if not ALL:
        return [max(round(total * place), 1) for place in PLACES.get(name, ())]
    waits = "did not answer within" in WAYS[name].words
    return range(1, total + 1, SLOW if waits else 1)


@pytest.mark.timeout(36_000 if ALL else 900)
def test_a_process_that_fails_at_any_message(failed, folder):
    bench, code, _, err = failed("error reply", 10**6)
    assert (code, err) == (DONE, "")
    asked, cases = bench.asked, 0
    for name in (*FAULTS, *SIGNALS):
        for number in moments(name, asked if WAYS[name].questions else bench.messages):
            where = f"{name} at message {number}"
            lab, code, _, err = failed(name, number)
            check(name, lab, code, err, folder, where)
            cases += 1
    print(f"{cases} runs in processes of their own")
    assert cases >= sum(map(len, PLACES.values()))
