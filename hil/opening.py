"""Opens a bench by a word: a ready-made twin, or a bench file."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from memrig.hil import bench_file
from memrig.hil.bench import Bench, CheckableBench, Watch
from memrig.hil.calibration import Calibration, CheckReport
from memrig.hil.claims import claimed
from memrig.hil.clock import Clock, RemoteClock, SystemClock, VirtualClock
from memrig.hil.errors import BenchError, ProfileError, RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.registry import entries, load
from memrig.hil.stopping import stoppable
from memrig.hil.units import format_quantity

Description = Mapping[str, Any]
MODEL = "model"
HERE = "here"
"""Marks an instrument of a description that is served by this process; no bench file may say it."""
SIMULATED = "simulated:"
"""Before the path of a bench file: its instruments are simulated instead of asked."""
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
    path = Path(spec.removeprefix(SIMULATED))
    if not os.path.exists(path):  # noqa: PTH110  # the other one raises for names no file can have
        raise UnknownNameError(unknown("bench or bench file", spec, [MODEL, *entries("twins")]))
    found = bench_file.read(path)
    return simulated(found) if spec.startswith(SIMULATED) else found


def simulated(description: Description) -> dict[str, Any]:
    """The same bench with simulated instruments in the place of all others."""
    real = {"resource", "library", "simulate"}
    instruments = {role: {k: v for k, v in one.items() if k not in real}
                   for role, one in description.get("instruments", {}).items()}
    twin = {k: v for k, v in description.get("twin", {}).items() if k != "clock"}
    return {**description, "instruments": instruments, "twin": twin}


def is_ready_made(spec: str) -> bool:
    """Whether a bench is one that exists in this process alone, and is checked when opened."""
    return spec in entries("twins") or spec.startswith(SIMULATED)


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
    plan_only: bool = False, faults: Sequence[str] = (),
) -> Iterator[Bench]:
    """Open a bench; leaving makes it safe and releases its instruments.

    A description with a ``[twin]`` table and no addresses is served here, on a virtual clock. A
    ready-made twin is checked against a known resistor first, as a bench would be on a morning.

    :param spec: ``model``, a ready-made twin (``twin``, ``twin-single``, ``twin-smu``) or the
        path of a bench file; ``simulated:PATH`` simulates all instruments of the file.
    :param seed: of a twin's hidden errors and noise; its own when None.
    :param calibrated: apply the bench file's calibration, or check a ready-made twin.
    :param plan_only: connect to nothing: the bench of a file can then prepare, and nothing else.
    :param faults: of the simulated instruments, e.g. ``"awg:no-answer at 12"``; the check of a
        ready-made twin is made without.
    :raises RequestError: when there is no such bench, or it cannot have such faults.
    :raises LinkError: when an instrument cannot be reached; nothing was energised.
    """
    if spec == MODEL:
        _check_faults(faults, MODEL, served=False)
        yield load("simulators", "model")()
        return
    description = description_of(spec)
    _check_faults(faults, spec, served=is_served_here(description) or is_mixed(description))
    with ExitStack() as stack:
        calibration = Calibration()
        if calibrated and is_ready_made(spec):
            calibration = checked_twin(description, seed=seed)
        elif calibrated:
            calibration = Calibration.load(calibration_path(Path(spec)))
        if plan_only and not is_ready_made(spec):
            description = {**description, "plan_only": True}
        how = _how(spec, seed, calibrated=calibrated) | ({"faults": list(faults)} if faults else {})
        description = {**with_faults(description, faults), "opened": how}
        bench = stack.enter_context(open_description(description, calibration, seed))
        yield bench


def _check_faults(faults: Sequence[str], spec: str, *, served: bool) -> None:
    """Refuse, before anything is opened, what no simulated instrument can have."""
    for text in faults:
        load("simulators", "fault").from_text(text)
        if not served:
            message = (
                f"fault {text!r} was asked, but no instrument of bench {spec} is simulated here; "
                "give it to the process that serves them (memrig twin serve --fault)"
            )
            raise RequestError(message)


def with_faults(description: Description, faults: Sequence[str]) -> dict[str, Any]:
    """The same simulated instruments with more faults than the description gives them."""
    if not faults:
        return dict(description)
    twin = description.get("twin", {})
    return {**description, "twin": {**twin, "faults": [*twin.get("faults", ()), *faults]}}


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
            served = host(simulated(description), clock=clock, seed=seed)
            description = _of_this_process(stack.enter_context(served))
        elif is_mixed(description):
            served = host(simulated(description), clock=clock, seed=seed)
            description = _beside(_of_this_process(stack.enter_context(served)),
                                  description)
        elif shared := description.get("twin", {}).get("clock"):
            clock = stack.enter_context(closing(RemoteClock(str(shared))))
        about = description["bench"]
        stack.enter_context(claimed(_addresses(description), about.get("name", about["kind"])))
        opener = load("benches", about["kind"])
        bench = stack.enter_context(closing(opener(description, clock=clock,
                                                   calibration=calibration)))
        info = bench.describe()
        if info.needs_arming and not isinstance(clock, SystemClock):
            message = (
                f"bench {info.name} drives real instruments, but its file names the "
                "clock of a simulated one; remove [twin] clock; nothing was switched on"
            )
            raise RequestError(message)
        yield bench


def _of_this_process(served: Description) -> dict[str, Any]:
    """A description of instruments that end with this process, which nobody needs to guard."""
    return {**served, "instruments": {role: {**one, HERE: True}
                                      for role, one in served["instruments"].items()}}


def _addresses(description: Description) -> list[str]:
    """Of instruments outside this process."""
    if description.get("plan_only"):
        return []
    return [str(one["resource"]) for one in description.get("instruments", {}).values()
            if "resource" in one and not one.get(HERE)]


def is_served_here(description: Description) -> bool:
    """Whether the instruments are simulated in this process: a twin without addresses."""
    instruments = description.get("instruments", {}).values()
    asked = "twin" in description or all(one.get("simulate") for one in instruments)
    return asked and not any(map(_has_address, instruments))


def _has_address(one: Description) -> bool:
    return "resource" in one and not one.get("simulate")


def is_mixed(description: Description) -> bool:
    """Whether the file wants some instruments simulated, and others have addresses."""
    instruments = description.get("instruments", {}).values()
    return any(one.get("simulate") for one in instruments) and not is_served_here(description)


def _beside(served: Description, description: Description) -> dict[str, Any]:
    """A description whose own addresses stay; real time passes for all."""
    own = {role: one for role, one in description["instruments"].items()
           if not one.get("simulate")}
    return {**description, "instruments": {**served["instruments"], **own}}


def check_with_resistor(
    spec: str, *, resistor_ohm: float, u_rel: float, armed: bool, watch: Watch | None = None
) -> CheckReport:
    """Check a bench with a known resistor in the device's place; applies no calibration.

    Where all instruments are simulated in this process, the resistor is put in place, too.

    :param u_rel: standard uncertainty of the resistor, relative.
    :param armed: whether real instruments may be energised.
    :param watch: looks on and may end it; ``memrig stop`` ends it, too.
    :raises ProfileError: for real instruments when not ``armed``; nothing was sent.
    :raises RequestError: for a resistor that is none.
    :raises BenchError: when an instrument fails; the outputs are off.
    :raises StoppedError: when it was ended; the outputs are off.
    """
    if not 0.0 < resistor_ohm < math.inf:
        message = (
            f"a resistor of {format_quantity(resistor_ohm, 'ohm')} was given; it must be above 0; "
            "nothing was sent"
        )
        raise RequestError(message)
    description, watch = description_of(spec), watch or Watch()
    if is_served_here(description):
        device = {"kind": "resistor", "ohm": resistor_ohm}
        description = {**description, "twin": {**description.get("twin", {}), "device": device}}
    with open_description(description, Calibration()) as bench:
        info = bench.describe()
        if info.needs_arming and not armed:
            v_max = bench.capabilities.v_max_v
            message = (
                f"bench {info.name} drives real instruments; the check switches levels of at most "
                f"{format_quantity(v_max, 'V')} on, {format_quantity(v_max / resistor_ohm, 'A')} "
                "through the resistor; put it in the device's place and repeat this with --arm; "
                "nothing was sent"
            )
            raise ProfileError(message)
        with stoppable(watch.stop, info.name), _verified_off(bench):
            return checkable(bench).check(resistor_ohm=resistor_ohm, u_rel=u_rel, watch=watch)


@contextmanager
def _verified_off(bench: Bench) -> Iterator[None]:
    """Whatever happens, the outputs are off at the end, or a BenchError says that they are not."""
    try:
        yield
    finally:
        safe = bench.make_safe()
        if not safe.off:
            message = f"OUTPUTS MAY STILL BE ON after the check: {'; '.join(safe.messages)}"
            raise BenchError(message)


def checked_twin(description: Description, *, seed: int | None = None) -> Calibration:
    """What a check of this twin with a known resistor in the device's place finds.

    :raises RequestError: for a description that is no twin's, but has addresses.
    """
    twin = {k: v for k, v in description["twin"].items() if k != "faults"}
    twin["device"] = _reference(description, seed)
    with open_description({**description, "twin": twin}, Calibration(), seed) as bench:
        info = bench.describe()
        if info.needs_arming:
            message = (
                f"bench {info.name} is opened as a simulated one, but drives real instruments; "
                "open it by its bench file; nothing was switched on"
            )
            raise RequestError(message)
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
