"""Opens a bench by a word: a ready-made twin, or a bench file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from memrig.hil import bench_file
from memrig.hil.bench import Bench, CheckableBench
from memrig.hil.calibration import Calibration
from memrig.hil.clock import Clock, RemoteClock, SystemClock, VirtualClock
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load

Description = Mapping[str, Any]
MODEL = "model"
REFERENCE_OHM, REFERENCE_U_REL = 10e3, 5.8e-5
"""The resistor that a ready-made twin is checked with: 10 kilohm, 0.01 % (rectangular)."""


def description_of(spec: str) -> dict[str, Any]:
    """The description that a name or a bench file stands for.

    :raises RequestError: when there is no such name or file, or the file cannot be read.
    """
    if spec in entries("twins"):
        return dict(load("twins", spec)())
    if spec == MODEL:
        message = "bench model has no instruments; a bench file or a twin is needed here"
        raise RequestError(message)
    path = Path(spec)
    if not path.exists():
        raise UnknownNameError(unknown("bench or bench file", spec, [MODEL, *entries("twins")]))
    return bench_file.read(path)


def calibration_path(bench_file: Path) -> Path:
    """Where the calibration of a bench file is kept: beside it."""
    return bench_file.with_name(bench_file.name + ".calibration.json")


def host(
    description: Description, *, clock: Clock, seed: int | None = None, shared: bool = False
) -> AbstractContextManager[dict[str, Any]]:
    """Serve the simulated instruments of a description on loopback; gives the description with
    their addresses.

    :param shared: serve the clock, too, for a controller in another process.
    """
    served: AbstractContextManager[dict[str, Any]] = load("simulators", "twin")(
        description, clock=clock, seed=seed, shared=shared
    )
    return served


@contextmanager
def open_bench(
    spec: str = "twin", *, seed: int | None = None, calibrated: bool = True,
    plan_only: bool = False,
) -> Iterator[Bench]:
    """Open a bench; leaving makes it safe and releases its instruments.

    A description with a ``[twin]`` table and no addresses is served here, on a virtual clock. A
    ready-made twin is checked against a known resistor first, as a bench would be on a morning.

    :param spec: ``model``, a ready-made twin (``twin``, ``twin-single``, ``twin-smu``) or the
        path of a bench file.
    :param seed: of a twin's hidden errors and noise; its own when None.
    :param calibrated: apply the bench file's calibration, or check a ready-made twin.
    :param plan_only: connect to nothing: the bench of a file can then prepare, and nothing else.
    :raises RequestError: when there is no such bench.
    :raises LinkError: when an instrument cannot be reached; nothing was energised.
    """
    if spec == MODEL:
        yield load("simulators", "model")()
        return
    description = description_of(spec)
    with ExitStack() as stack:
        calibration = Calibration()
        if calibrated and spec in entries("twins"):
            calibration = checked_twin(description, seed=seed)
        elif calibrated:
            calibration = Calibration.load(calibration_path(Path(spec)))
        if plan_only and spec not in entries("twins"):
            description = {**description, "plan_only": True}
        description = {**description, "opened": _how(spec, seed, calibrated=calibrated)}
        bench = stack.enter_context(open_description(description, calibration, seed))
        yield bench


def _how(spec: str, seed: int | None, *, calibrated: bool) -> dict[str, Any]:
    """What opens the same bench again; every run keeps it."""
    path = spec if spec in entries("twins") else str(Path(spec).resolve())
    return {"spec": path, "seed": seed, "calibrated": calibrated}


@contextmanager
def open_description(
    description: Description, calibration: Calibration, seed: int | None = None
) -> Iterator[Bench]:
    """The bench of a description, its instruments simulated if it says so.

    :param calibration: what is applied; a fresh ``Calibration()`` for none.
    :param seed: of a twin's hidden errors and noise; the description's when None.
    """
    with ExitStack() as stack:
        clock: Clock = SystemClock()
        if description.get("plan_only"):
            pass  # nothing is served and nobody asks for the time
        elif is_served_here(description):
            clock = VirtualClock()
            description = stack.enter_context(host(description, clock=clock, seed=seed))
        elif shared := description.get("twin", {}).get("clock"):
            clock = stack.enter_context(closing(RemoteClock(str(shared))))
        opener = load("benches", description["bench"]["kind"])
        bench = stack.enter_context(closing(opener(description, clock=clock,
                                                   calibration=calibration)))
        if not (bench.describe().simulated or isinstance(clock, SystemClock)):
            message = (
                f"bench {bench.describe().name} drives real instruments, but its file names the "
                "clock of a simulated one; remove [twin] clock; nothing was switched on"
            )
            raise RequestError(message)
        yield bench


def is_served_here(description: Description) -> bool:
    """Whether the instruments are simulated in this process: a twin without addresses."""
    instruments = description.get("instruments", {}).values()
    return "twin" in description and not any("resource" in one for one in instruments)


def checked_twin(description: Description, *, seed: int | None = None) -> Calibration:
    """What a check of this twin with a known resistor in the device's place finds."""
    twin = {**description["twin"], "device": _reference(description, seed)}
    with open_description({**description, "twin": twin}, Calibration(), seed) as bench:
        return checkable(bench).check(
            resistor_ohm=REFERENCE_OHM, u_rel=REFERENCE_U_REL
        ).calibration


def _reference(description: Description, seed: int | None) -> dict[str, Any]:
    """The reference as it really is: somewhere within its tolerance, as a hidden error."""
    chosen = int(description["twin"].get("seed", 0)) if seed is None else seed
    drawn = Random(chosen)  # noqa: S311  # an error, not a secret
    tolerance_rel = math.sqrt(3.0) * REFERENCE_U_REL
    off_rel = drawn.uniform(-tolerance_rel, tolerance_rel)
    return {"kind": "resistor", "ohm": REFERENCE_OHM * (1.0 + off_rel)}


def checkable(bench: Bench) -> CheckableBench:
    """The same bench, if it can be checked.

    :raises RequestError: for a model, which has nothing to calibrate.
    """
    if not hasattr(bench, "check"):
        name = bench.describe().name
        raise RequestError(f"bench {name} has no instruments; there is nothing to check")
    return bench  # type: ignore[return-value]  # has what the protocol asks
