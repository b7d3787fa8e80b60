"""Python text that repeats a run, or whatever else was done, through memrig's public interface.

What differs from its default is written out, to the last bit; all else is left to the default.
"""

from __future__ import annotations

import json
import keyword
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memrig.hil.errors import RequestError
from memrig.hil.guards import Guards
from memrig.hil.netlist import ideal
from memrig.hil.opening import MODEL
from memrig.hil.parameters import Level
from memrig.hil.profile import Passport, Profile
from memrig.hil.protocol import Protocol
from memrig.hil.registry import entries, load
from memrig.hil.store import StoredRun

if TYPE_CHECKING:
    from memrig.hil.overlay import Drive

WIDTH = 96
INDENT = 4
ENERGISES = "It energises a real device when it is started with --arm."
Import = tuple[str, str]
"""A module and a name in it."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that was done, as lines of Python that expect ``store`` and ``opened``.

    :param title: what it was, for a comment.
    :param imports: what the lines need.
    """

    title: str
    lines: tuple[str, ...]
    imports: frozenset[Import] = frozenset()

    @property
    def text(self) -> str:
        """The lines, under their title."""
        return "\n".join((f"# {plain(self.title)}", *self.lines))


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A simulated device.

    :param name: of the model; ``parameters`` as its ``to_json`` gives them.
    :param x0: state that it begins in; None for the model's own.
    :param nonidealities: what is on of them, as ``NonIdealities.changed`` gives it.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    integrator: str = "euler"
    step_s: float | None = None
    x0: float | None = None
    noise_a: float = 0.0
    noise_seed: int = 0
    nonidealities: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> Simulation:
        """From what a simulated bench says of itself."""
        names = [f.name for f in fields(cls) if f.name not in {"name", "parameters"}]
        given = {key: settings[key] for key in names if key in settings}
        return cls(name=name, parameters=settings.get("model", {}), **given)

    @property
    def model(self) -> Any:
        """The model itself."""
        return load("models", self.name).from_text(self.parameters)

    @property
    def equations(self) -> str:
        """The call that makes its model."""
        kinds = type(self.model).defaults()
        own = _keywords({k: v for k, v in self.model.to_json().items() if v != kinds[k]})
        return call("models.create", [literal(self.name), *own])

    @property
    def expression(self) -> str:
        """The call that makes it."""
        made = self.equations
        given: dict[str, Any] = {"integrator": self.integrator}
        given |= {} if self.step_s is None else {"step_s": self.step_s}
        given |= {} if self.x0 in {None, self.model.x0} else {"x0": self.x0}
        given |= {"noise_a": self.noise_a} if self.noise_a else {}
        beyond = [f"nonidealities={call('NonIdealities', _keywords(self.nonidealities))}"]
        random = self.noise_a or self.nonidealities
        return call("SimulatedBench", [
            made, *_keywords(given), *(beyond if self.nonidealities else ()),
            *(_keywords({"seed": self.noise_seed}) if random else ())])

    @property
    def imports(self) -> frozenset[Import]:
        """What the call needs."""
        names = ["SimulatedBench", "models", *(["NonIdealities"] if self.nonidealities else [])]
        return frozenset(("memrig.sim", name) for name in names)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a bench is opened: a word or a file for ``open_bench``, or a simulated device."""

    spec: str
    seed: int | None = None
    calibrated: bool = True
    faults: Sequence[str] = ()
    device: Simulation | None = None

    @property
    def expression(self) -> str:
        """The call that opens it."""
        if self.device is not None:
            return self.device.expression
        given: dict[str, Any] = {} if self.seed is None else {"seed": self.seed}
        given |= {} if self.calibrated else {"calibrated": False}
        given |= {"faults": list(self.faults)} if self.faults else {}
        return call("open_bench", [literal(self.spec), *_keywords(given)])

    @property
    def imports(self) -> frozenset[Import]:
        """What the call needs."""
        return self.device.imports if self.device else frozenset({("memrig.hil", "open_bench")})


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run is made of.

    :param simulated: whether nothing real is touched; a real device always gets its profile, and
        must be armed.
    """

    protocol: Protocol
    opening: Opening
    simulated: bool
    overlay: Simulation | None = None
    drive: Drive = "plan"
    profile: Profile | None = None
    passport: Passport = field(default_factory=Passport)
    preset: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    seed: int | None = None
    guards: Guards = field(default_factory=Guards)

    @classmethod
    def of_run(cls, run: StoredRun) -> Recipe:
        """What a stored run was made of. A real device has been through that run by now.

        :raises RequestError: for a run that cannot be repeated, with the reason.
        """
        header, model = run.header, run.header.model
        simulated = header.simulated and not header.bench.needs_arming
        if header.protocol not in entries("protocols") and header.origin:
            message = (
                f"run {run.run_id} was measured elsewhere ({header.origin.get('file', '')}); "
                "nothing of it can be applied again"
            )
            raise RequestError(message)
        return cls(
            protocol=load("protocols", header.protocol).from_text(header.parameters),
            opening=_opening_of(run), simulated=simulated,
            overlay=None if model is None else Simulation.of(model["name"], {
                **model["settings"], "model": model["parameters"]}),
            drive=(model or {}).get("drive") or (run.overlay or {}).get("drive", "plan"),
            profile=header.profile, preset=header.preset, note=header.note, tags=run.tags,
            passport=header.passport if simulated else run.passport, seed=header.seed,
            guards=Guards.from_text(header.guards),
        )

    @property
    def action(self) -> Action:
        """The run, on a bench that is called ``bench``."""
        return Action(title=f"run {self.protocol.name}", imports=self._imports(),
                      lines=(*self.values(), *self.calls()))

    def values(self) -> Iterator[str]:
        """Lines that touch neither bench nor store."""
        protocol = type(self.protocol)
        yield f"protocol = {call(protocol.__name__, _keywords(self.protocol.changed))}"
        if self.overlay is not None:
            yield f"model = {self.overlay.expression}"

    def calls(self) -> Iterator[str]:
        """Lines that run it."""
        yield "run = " + call("execute", ["protocol", "bench", *self._options()])

    def _options(self) -> Iterator[str]:
        if not self._is_own_profile():
            yield f"profile={_made(self.profile)}"
        if self.overlay is not None:
            drive = [] if self.drive == "plan" else [f"drive={literal(self.drive)}"]
            yield "overlay=" + call("Overlay", ["bench=model", *drive])
        yield "store=store"
        if self.passport != Passport():
            yield f"passport={_made(self.passport)}"
        if self.guards != Guards():
            yield "guards=" + call("Guards", _keywords(self.guards.changed))
        given: dict[str, Any] = {"preset": self.preset, "note": self.note, "tags": self.tags}
        given = {name: value for name, value in given.items() if value}
        yield from _keywords(given if self.seed is None else {**given, "seed": self.seed})
        if not self.simulated:
            yield 'armed="--arm" in argv'

    def _is_own_profile(self) -> bool:
        """Whether ``execute`` would take this profile by itself."""
        model = self.overlay or self.opening.device
        return self.profile is None or (
            self.simulated and model is not None and bool(self.profile == model.model.profile()))

    def _imports(self) -> frozenset[Import]:
        found = {("memrig.hil", "execute"), _home(type(self.protocol))}
        if self.overlay is not None:
            found |= {("memrig.hil", "Overlay"), *self.overlay.imports}
        if not self._is_own_profile():
            found.add(("memrig.hil", "Profile"))
        if self.passport != Passport():
            found.add(("memrig.hil", "Passport"))
        if self.guards != Guards():
            found.add(("memrig.hil", "Guards"))
        if not self.simulated:
            found.add(("sys", "argv"))
        return frozenset(found)


def _opening_of(run: StoredRun) -> Opening:
    bench = run.bench_before
    if bench.is_model:
        if bench.netlist.to_json() != ideal().to_json():
            message = (
                f"run {run.run_id} was made on a model with a circuit of its own "
                f"({bench.netlist.name}), which is not written as Python"
            )
            raise RequestError(message)
        (name,) = bench.identities.values()
        return Opening(spec=MODEL, device=Simulation.of(name, bench.settings))
    how = bench.settings.get("opened")
    if not how:
        message = (
            f"run {run.run_id} was made on bench {bench.name}, and how that was opened is not "
            "stored; repeat it with 'memrig run --bench FILE'"
        )
        raise RequestError(message)
    return Opening(**how)


def run_script(recipe: Recipe, store: str | Path, title: str) -> str:
    """A script that runs a recipe and stores the run.

    :param store: path of the run store.
    :param title: what the script does, for its first line.
    """
    imports = recipe.action.imports | recipe.opening.imports | {("memrig.hil", "Store")}
    before, made = list(recipe.values()), recipe.opening.expression
    heads = [f"Store.open({literal(str(store))}) as store"]
    if recipe.opening.device is None:
        heads.append(f"{made} as bench")
    else:
        before.append(f"bench = {made}")
    touches = "" if recipe.simulated else f"\n\n{ENERGISES}\n"
    return "\n".join([
        f'"""{plain(title)}{touches}"""', "", *_import_lines(imports), "", *before,
        *_with(heads), *indented(recipe.calls()),
        "print(run.id, run.status, run.plan_sha256)", "",
    ])


def title_of(run: StoredRun) -> str:
    """The first line of a script that repeats a stored run."""
    header = run.header
    simulated = "SIMULATED " if header.simulated else ""
    return (f"Repeats run {run.run_id} of {header.started_at[:19].replace('T', ' ')} UTC: "
            f"{header.protocol} on {simulated}bench {header.bench.name}.")


def session_script(actions: Sequence[Action], store: str | Path) -> str:
    """One script of everything that was done, in order.

    :param store: path of the run store.
    """
    imports = frozenset[Import]().union(*(action.imports for action in actions))
    imports |= {("contextlib", "ExitStack"), ("memrig.hil", "Store")}
    body = "\n\n".join(action.text for action in actions) or "pass"
    return "\n".join([
        '"""What was done in a session of memrig, in order."""', "", *_import_lines(imports), "",
        *_with([f"Store.open({literal(str(store))}) as store", "ExitStack() as opened"]),
        *indented(body.splitlines()), "",
    ])


# --- small actions


def opened(opening: Opening, title: str) -> Action:
    """A bench is opened in place of the one before."""
    made = opening.expression
    if opening.device is None:
        made = f"opened.enter_context({made})"
    return Action(title=title, lines=("opened.close()", f"bench = {made}"),
                  imports=opening.imports)


def stopped(title: str) -> Action:
    """The run was stopped: a script waits for its run, so that another process stops it."""
    return Action(title=title, lines=("# a script is stopped from a terminal: memrig stop",))


def compared(
    run: str, model: Simulation, drive: Drive, title: str, *, keep_state: bool = False
) -> Action:
    """A stored run was compared with a model.

    :param keep_state: whether it began in the model's state, whatever was measured.
    """
    overlay = call("Overlay", ["bench=model", f"drive={literal(drive)}"])
    state = ["keep_state=True"] if keep_state else []
    compare = call("recompare", ["store", f"store.load({literal(run)})", overlay, *state])
    return Action(
        title=title, lines=(f"model = {model.expression}", f"comparison = {compare}"),
        imports=model.imports | {("memrig.hil", "Overlay"), ("memrig.hil.recompare", "recompare")},
    )


def fitted(
    run: str, start: Simulation, free: Sequence[str], drive: Drive, title: str
) -> Action:
    """A model was fitted to a stored run."""
    given: dict[str, Any] = {} if start.x0 is None else {"x0": start.x0}
    given |= {"free": tuple(free)} if free else {}
    fit = call("fit", ["records", "start", *_keywords({**given, "drive": drive})])
    return Action(
        title=title,
        lines=(f"stored = store.load({literal(run)})", "records = list(complete(stored).values())",
               f"start = {start.equations}", f"found = {fit}", "print(found.nrmse)"),
        imports=frozenset({("memrig.sim", "models"), ("memrig.hil.fitting", "fit"),
                           ("memrig.hil.recompare", "complete")}),
    )


def kept(title: str) -> Action:
    """What a fit has found was kept as the next version of its device's parameters."""
    line = "keep(store.path, kept_of(found, start, stored, records))"
    return Action(title=title, lines=(line,), imports=frozenset({
        ("memrig.hil.parameter_sets", "keep"), ("memrig.hil.parameter_sets", "kept_of")}))


def reported(run: str, path: str | Path, title: str) -> Action:
    """The report of a stored run was written."""
    return _of_run("write", "memrig.hil.report", run, [literal(str(path))], title)


def exported(run: str, path: str | Path, form: str, title: str) -> Action:
    """A stored run was exported as ``csv``, ``hdf5`` or ``netcdf``."""
    found = _of_run("export", "memrig.hil.export", run,
                    [f"Path({literal(str(path))})", literal(form)], title)
    return Action(title=title, lines=found.lines,
                  imports=found.imports | {("pathlib", "Path")})


def restored(run: str, title: str) -> Action:
    """The set-up of a stored run was taken over; the next run writes out what it uses."""
    return Action(title=title, lines=(f"header = store.load({literal(run)}).header",))


def _of_run(name: str, module: str, run: str, rest: Sequence[str], title: str) -> Action:
    line = call(name, [f"store.load({literal(run)})", *rest])
    return Action(title=title, lines=(line,), imports=frozenset({(module, name)}))


# --- how it is written


def literal(value: Any) -> str:
    """A value as Python text that gives it again to the last bit."""
    if isinstance(value, Level):
        return literal(value.exact)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value.isprintable() else repr(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, tuple | list):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def call(name: str, arguments: Iterable[str]) -> str:
    """A call on one line, or on as many as it needs."""
    given = list(arguments)
    one = f"{name}({', '.join(given)})"
    if len(one) <= WIDTH - 2 * INDENT and "\n" not in one:
        return one
    rows, row = list[str](), ""
    for text in given:
        more = f"{row}, {text}" if row else text
        if row and ("\n" in more or len(more) > WIDTH - 3 * INDENT):
            rows.append(row + ",")
            more = text
        row = more
    return "\n".join([f"{name}(", *indented([*rows, row + ","]), ")"])


def indented(lines: Iterable[str]) -> list[str]:
    """Lines moved to the right; inside of them, too."""
    return [f"{' ' * INDENT}{line}" if line else ""
            for text in lines for line in text.splitlines()]


def plain(text: str) -> str:
    """A text that ends neither a comment nor a docstring."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "/").replace('"', "'")


def _keywords(values: Mapping[str, Any]) -> list[str]:
    """Arguments by name. Names may come from a store that somebody else wrote: none gets into a
    program that is more than a name."""
    for name in values:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise RequestError(f"{name!r:.60} is no name of an argument; no script is written")
    return [f"{name}={literal(value)}" for name, value in values.items()]


def _made(thing: Any) -> str:
    """A call that makes a dataclass of plain values again."""
    given = {f.name: getattr(thing, f.name) for f in fields(thing)
             if f.default is MISSING or getattr(thing, f.name) != f.default}
    return call(type(thing).__name__, _keywords(given))


def _home(cls: type) -> Import:
    """Where a protocol is imported from: the package of all of ours, else its own module."""
    from memrig.hil import protocols  # noqa: PLC0415  # it needs what this module is part of

    public = getattr(protocols, cls.__name__, None) is cls
    return ("memrig.hil.protocols" if public else cls.__module__, cls.__name__)


def _import_lines(imports: Iterable[Import]) -> Iterator[str]:
    """Import statements; the standard library's first."""
    found: dict[str, list[str]] = {}
    for module, name in sorted(imports, key=lambda one: (one[0], one[1].islower(), one[1])):
        found.setdefault(module, []).append(name)
    ours = [module for module in found if "." in module]
    theirs = [module for module in found if "." not in module]
    for module in theirs:
        yield f"from {module} import {', '.join(found[module])}"
    if theirs and ours:
        yield ""
    for module in ours:
        yield f"from {module} import {', '.join(found[module])}"


def _with(heads: Sequence[str]) -> list[str]:
    one = f"with {', '.join(heads)}:"
    if len(one) <= WIDTH and "\n" not in one:
        return [one]
    return ["with (", *indented(f"{head}," for head in heads), "):"]
