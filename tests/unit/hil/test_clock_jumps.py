"""The clock on the wall is set while a run goes on (NTP, somebody): labels, and nothing else."""

from __future__ import annotations

import datetime
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memrig.hil import claims
from memrig.hil.calibration import Calibration
from memrig.hil.errors import BenchError
from memrig.hil.execution import execute
from memrig.hil.export import export
from memrig.hil.protocols.pulse import Pulse
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench
from tests.unit.hil.conftest import MadeUp

DAY_S = 86400.0
BEGIN_S = 1.7e9


class Wall:
    """A clock that is a day further, or a day back, whenever somebody looks."""

    def __init__(self, *days: float) -> None:
        self._days = itertools.cycle(days)

    def __call__(self) -> float:
        return BEGIN_S + DAY_S * next(self._days)


@pytest.fixture(params=[(0, 1), (0, -1), (0, 1, -3, 2)], ids=str)
def wall(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Wall:
    found = Wall(*request.param)

    class Now(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Now:
            return cls.fromtimestamp(found(), tz)

    monkeypatch.setattr(time, "time", found)
    monkeypatch.setattr(datetime, "datetime", Now)
    return found


def ticks() -> Iterator[float]:
    """A monotonic clock: a tenth of a second later at each look."""
    return (number / 10 for number in itertools.count())


def test_runs_are_finished_listed_in_order_and_loaded(wall: Wall, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "runs.sqlite")
    bench = SimulatedBench(models.create("guseinov"), integrator="auto")
    done = [execute(Pulse(), bench, store=store, seed=k, note=f"{k}") for k in range(3)]
    assert [one.note for one in store.runs()] == ["0", "1", "2"]
    assert {one.status for one in store.runs()} == {"finished"}
    assert store.load("last").run_id == done[-1].id
    assert len({round(one.duration_s, 9) for one in done}) == 1  # on the bench's clock
    for run in done:
        export(store.load(run.id), tmp_path / run.id)
        assert store.load(run.id).records()
    store.annotate("last", "later")
    assert [past.run_id for past in store.history("dut")] == [one.id for one in done]


def test_what_happens_in_a_run_is_in_order_and_takes_as_long_as_it_took(
    wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = ticks()
    monkeypatch.setattr("memrig.hil.store.writer.RunWriter.__init__.__defaults__",
                        (lambda: next(passing),))
    path = tmp_path / "runs.sqlite"
    MadeUp().write(path)
    run = Store.open(path).load()
    times_s = [document["time"] for _, document in run.documents]
    assert times_s == sorted(times_s)
    assert 0.0 < times_s[-1] - times_s[0] < 60.0
    finished_at = datetime.datetime.fromisoformat(run.finished_at)
    assert abs(finished_at.timestamp() - times_s[-1]) < 1.0


def test_a_run_that_is_written_is_alive_and_one_that_is_not_is_not(
    wall: Wall, tmp_path: Path, made_up: MadeUp
) -> None:
    store = Store.open(tmp_path / "runs.sqlite")
    writer = store.begin(made_up.header)
    assert store.runs()[0].status == "running"
    writer.close()
    assert store.runs()[0].status == "interrupted"


def test_an_instrument_has_one_controller_for_as_long_as_it_has_it(
    wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMRIG_STATE", str(tmp_path))
    monkeypatch.setattr(claims, "PAUSE_S", 0.0)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with claims.claimed(["TCPIP::1.2.3.4::5025::SOCKET"], "bench-1"):
        with (pytest.raises(BenchError) as caught,
              claims.claimed(["TCPIP0::1.2.3.4::5025::SOCKET"], "bench-2")):
            pass
        assert "bench bench-1 of this process has had it for " in str(caught.value)
        assert "-" not in str(caught.value).partition("had it for")[2].partition(";")[0]
    with claims.claimed(["TCPIP::1.2.3.4::5025::SOCKET"], "bench-2"):
        (said,) = (json.loads(one.read_text()) for one in tmp_path.glob("claim-*.json"))
        assert said["bench"] == "bench-2"


@pytest.mark.parametrize(("at", "end"), [
    ("2026-01-11T12:00:00+00:00", "10 days before this run"),
    ("2026-01-01T12:00:10+00:00", "less than 0.01 days before this run"),
    ("2025-12-31T12:00:00+00:00", "AFTER this run: the clock has been set between them"),
])
def test_a_calibration_from_the_future_says_so(at: str, end: str) -> None:
    found: Any = Calibration(measured_at="2026-01-01T12:00:00+00:00", reference="10 kohm")
    assert found.sentence(datetime.datetime.fromisoformat(at)) == (
        f"bench calibrated 2026-01-01T12:00:00+00:00 against 10 kohm, {end}")
