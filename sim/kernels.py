"""Writes the source of compiled integrators from a model's laws.

A kernel goes through a drive with ``LANES`` devices at a time. All that it knows of them lies in
one row of numbers, ``w``: row after row of ``LANES`` each, so that a compiler sees at once that no
write touches what another device reads, and lays the loop over devices side by side. Everything
is in the model's own direction of voltage.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from memrig.sim import elementary
from memrig.sim.load import ITERATIONS
from memrig.sim.models._reading import Law
from memrig.sim.traced import PARAMETERS, STATE, VOLTAGE, Step, Tracer

X, LOW, HIGH, VOLTS, MOVING, SHARE, BEFORE, EARLIER = range(8)
"""The first rows: the state, its bounds, the voltage behind a load, whether it is still sought, and
its share of the drive's, last and before that."""
NEAR = 1e-8
"""A step of Newton's method, relative to the drive, after which its square is left: rounding."""
OWN = ("exp", "expm1", "sinh", "cosh", "tanh")
"""Functions that are computed by polynomials of our own."""
SPLITS = 3
"""Questions about the voltage that are asked outside of the loop over devices, one in another, at
most: each doubles the text."""

_INFIX = {"+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="}
_FORMS = {
    "and": "({} & {})", "or": "({} | {})", "not": "(not {})", "neg": "-{}",
    "where": "({1} if {0} else {2})", "min": "({0} if {0} < {1} else {1})",
    "max": "({0} if {0} > {1} else {1})", "abs": "abs({})", "pow": "math.pow({}, {})",
}


@dataclass(frozen=True, slots=True)
class Laws:
    """What a model says of its rate, current and slope of the current."""

    rate: Law
    current: Law
    slope: Law


@dataclass(frozen=True, slots=True)
class Source:
    """A kernel's text and the numbers that it wants.

    :param scalars: values that are the same for all devices.
    :param rows: values that differ, in the order of their rows after those of the state.
    :param height: rows in all, with those that the kernel itself fills.
    """

    text: str
    scalars: Sequence[Step]
    rows: Sequence[Step]
    height: int


class Writer:
    """Writes operations in their order and takes down which numbers they want.

    :param scalar: what a number is called that is the same for all devices, by its place.
    """

    def __init__(self, scalar: str = "s[{}]") -> None:
        self._scalar = scalar
        self.scalars: list[Step] = []
        self.rows: list[Step] = []
        self.filled: list[Step] = []
        self._count = 0

    def name(self, step: Step, names: dict[Step, str]) -> str:
        """What an operation is called in the text."""
        if step in names:
            return names[step]
        if step.operation == "literal":
            return repr(step.value if isinstance(step.value, bool) else float(step.value))
        assert step.depends == PARAMETERS
        known = self.rows if step.differs else self.scalars
        if step not in known:
            known.append(step)
        place = known.index(step)
        return f"w[P{place} + l]" if step.differs else self._scalar.format(place)

    def lines(self, wanted: Iterable[Step], names: dict[Step, str]) -> Iterator[str]:
        """Assignments of all that ``wanted`` needs and has no name yet."""
        for step in ordered(wanted, set(names)):
            if step.depends > PARAMETERS:
                names[step] = f"n{self._count}"
                self._count += 1
                yield f"{names[step]} = {self._call(step, names)}"

    def _call(self, step: Step, names: dict[Step, str]) -> str:
        arguments = [self.name(one, names) for one in step.arguments]
        if step.operation in _INFIX:
            return f"({arguments[0]} {step.operation} {arguments[1]})"
        if step.operation in _FORMS:
            return _FORMS[step.operation].format(*arguments)
        own = f"{step.operation}_" if step.operation in OWN else f"math.{step.operation}"
        return f"{own}({', '.join(arguments)})"

    def kept(self, steps: Iterable[Step], names: dict[Step, str]) -> Iterator[str]:
        """Rows for what depends on the voltage and differs."""
        for step in steps:
            if step not in self.filled:
                self.filled.append(step)
            name = f"w[G{self.filled.index(step)} + l]"
            yield f"{name} = {names[step]}"
            names[step] = name

    def constants(self, lanes: int) -> str:
        """Where the rows begin."""
        first = EARLIER + 1
        places = {"X": X, "LOW": LOW, "HIGH": HIGH, "VOLTS": VOLTS, "MOVING": MOVING,
                  "SHARE": SHARE, "BEFORE": BEFORE, "EARLIER": EARLIER}
        places |= {f"P{k}": first + k for k in range(len(self.rows))}
        first += len(self.rows)
        places |= {f"G{k}": first + k for k in range(len(self.filled))}
        self.height = first + len(self.filled)
        lines = [f"{name} = {place * lanes}" for name, place in places.items()]
        return "\n".join([f"LANES = {lanes}", f"SIZE = {self.height * lanes}", *lines])


def ordered(wanted: Iterable[Step], known: set[Step] | None = None) -> list[Step]:
    """Operations after those that they need, without what is known."""
    done: dict[Step, None] = {}
    there = known or set()

    def visit(step: Step) -> None:
        if step not in done and step not in there:
            for one in step.arguments:
                visit(one)
            done[step] = None

    for step in wanted:
        visit(step)
    return list(done)


def multiplied(tracer: Tracer, step: Step) -> Step:
    """Divisions by what depends on parameters alone become products: ten times as fast."""
    if not step.arguments:
        return step
    arguments = [multiplied(tracer, one) for one in step.arguments]
    if step.operation == "/" and step.depends > PARAMETERS and (
            arguments[1].depends == PARAMETERS):
        inverse = tracer.of("/", tracer.constant(1.0, "literal"), arguments[1])
        return tracer.of("*", arguments[0], inverse)
    return tracer.of(step.operation, *arguments)


def chosen(tracer: Tracer, step: Step, test: Step, *, yes: bool) -> Step:
    """An operation where the answer to a test is known."""
    if step is test:
        return tracer.constant(yes, "literal")
    if not step.arguments:
        return step
    return tracer.of(step.operation, *(chosen(tracer, one, test, yes=yes)
                                       for one in step.arguments))


def _question(step: Step) -> Step | None:
    """A test of the voltage alone that decides what is done with the state."""
    return next((one.arguments[0] for one in ordered([step])
                 if one.operation == "where" and one.depends == STATE
                 and one.arguments[0].depends == VOLTAGE and not one.arguments[0].differs), None)


def block(lines: Iterable[str], depth: int) -> str:
    """Lines, so many spaces further to the right."""
    return textwrap.indent("\n".join(lines), " " * depth)


@cache
def functions() -> str:
    """The exponentials, to be compiled as parts of what calls them."""
    texts = ["PLAIN = {'error_model': 'numpy', 'fastmath': {'contract'}}"]
    texts += [f"{name} = {value!r}" for name, value in vars(elementary).items()
              if name.isupper()]
    for name in ("parts", *OWN):
        body = inspect.getsource(getattr(elementary, f"{name}_")).split("\n", 1)[1]
        texts.append(f"\n\n@numba.njit(forceinline=True, **PLAIN)\ndef {name}_(x):\n"
                     f"{body.rstrip()}")
    return "\n".join(texts)


HEAD = '''"""Written by memrig from the law of a model; kept so that it is compiled once."""

import math

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic


@intrinsic
def wide(typing):
    """Let the compiler use the widest vectors that there are; by itself it takes half of them."""
    def code(context, builder, signature, arguments):
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), code


'''
SIGNATURE = "void(f8[::1], i8[::1], f8[::1], i8[::1], f8[::1], f8[::1], f8[:, ::1], i8[::1], f8)"
EULER = '''

@numba.njit({signature!r}, nogil=True, cache=True, **PLAIN)
def kernel(u, change, dt, kept, sheet, s, out, at, ohm):
    wide()
    for b in range(at[0], at[1]):
        w = sheet[b * SIZE:(b + 1) * SIZE]
        k = at[2]
        r = at[4]
        while k < at[3]:
            v = u[k]
            stop = min(change[k], at[3])
{body}
'''
STEPS = '''\
{filling}
while k < stop:
    h = dt[k]
    moved = 0
{volts}
    for l in range(LANES):
        x = w[X + l]
{lines}
        moved |= np.int64({rate} != 0.0)
        x = x + h * {rate}
        x = x if x > w[LOW + l] else w[LOW + l]
        w[X + l] = x if x < w[HIGH + l] else w[HIGH + l]
    k = k + 1 if moved else stop
    while r < kept.size and kept[r] <= k:
        for l in range(LANES):
            out[r, b * LANES + l] = w[X + l]
        r += 1'''
NEWTON = '''\
    low, high, near = min(v, 0.0), max(v, 0.0), {near!r} * abs(v)
    for l in range(LANES):
        y = v * (3.0 * (w[SHARE + l] - w[BEFORE + l]) + w[EARLIER + l])
        y = y if y > low else low
        w[VOLTS + l] = y if y < high else high
        w[MOVING + l] = 1.0
    for _ in range({iterations}):
        left = 0
        for l in range(LANES):
            x, y = w[X + l], w[VOLTS + l]
{lines}
            step = (y + ohm * {current} - v) / (1.0 + ohm * {slope})
            new = y - step
            new = new if new > low else low
            new = new if new < high else high
            w[VOLTS + l] = new if w[MOVING + l] != 0.0 else y
            going = (abs(step) > near) & (w[MOVING + l] != 0.0)
            w[MOVING + l] = 1.0 if going else 0.0
            left |= np.int64(going)
        if left == 0:
            break
    if v != 0.0:
        inverse = 1.0 / v
        for l in range(LANES):
            w[EARLIER + l] = w[BEFORE + l]
            w[BEFORE + l] = w[SHARE + l]
            w[SHARE + l] = w[VOLTS + l] * inverse'''


def euler(tracer: Tracer, laws: Laws, lanes: int) -> Source:
    """Explicit Euler of devices that see the drive itself.

    The kernel ``(u, change, dt, kept, sheet, s, out, at, ohm)`` goes through the steps ``at[2]`` to
    ``at[3]`` with the groups of lanes ``at[0]`` to ``at[1]``. ``change[k]`` is the next step with
    another voltage, before which a state that does not move stays. States at the nodes ``kept``,
    from place ``at[4]`` on, go to ``out``.
    """
    writer, voltage = Writer(), Step("voltage", (), VOLTAGE, differs=False)
    names = {voltage: "v", tracer.state: "x"}
    rate = multiplied(tracer, tracer.law(laws.rate, voltage, tracer.state))
    return _source(writer, _ways(writer, tracer, rate, names), lanes)


def euler_loaded(tracer: Tracer, laws: Laws, lanes: int) -> Source:
    """The same behind a series resistance; the voltages are those of ``Load.divided``, begun from
    where they seem to go."""
    writer = Writer()
    voltage, state = Step("voltage", (), STATE, differs=True), tracer.state
    inside = {voltage: "y", state: "x"}
    root = [multiplied(tracer, tracer.law(one, voltage, state))
            for one in (laws.current, laws.slope)]
    newton = NEWTON.format(
        near=NEAR, iterations=ITERATIONS,
        lines=block(writer.lines(root, inside), 12),
        current=writer.name(root[0], inside), slope=writer.name(root[1], inside))
    names = {voltage: "w[VOLTS + l]", state: "x"}
    rate = multiplied(tracer, tracer.law(laws.rate, voltage, state))
    lines = block(writer.lines([rate], names), 8)
    steps = STEPS.format(filling="", volts=newton, lines=lines, rate=writer.name(rate, names))
    return _source(writer, [steps], lanes)


def _source(writer: Writer, body: Iterable[str], lanes: int) -> Source:
    text = EULER.format(signature=SIGNATURE, body=block(body, 12))
    constants = writer.constants(lanes)
    return Source("\n".join([HEAD, functions(), "", constants, text]), writer.scalars,
                  writer.rows, writer.height)


def _ways(
    writer: Writer, tracer: Tracer, rate: Step, names: dict[Step, str], splits: int = SPLITS
) -> Iterator[str]:
    """The steps at one voltage, for each answer to what is asked about it."""
    names = dict(names)
    question = _question(rate) if splits else None
    if question is not None:
        yield from writer.lines([question], names)
        for word, yes in (("if {0}:", True), ("else:", False)):
            way = chosen(tracer, rate, question, yes=yes)
            yield word.format(writer.name(question, names))
            yield block(_ways(writer, tracer, way, names, splits - 1), 4)
        return
    hoisted = [one for step in ordered([rate]) if step.depends == STATE
               for one in step.arguments if one.depends == VOLTAGE]
    if rate.depends == VOLTAGE:
        hoisted.append(rate)
    yield from writer.lines([one for one in ordered(hoisted) if not one.differs], names)
    apart = list(dict.fromkeys(one for one in hoisted if one.differs))
    filling = ""
    if apart:
        inside = dict(names)
        rows = [*writer.lines(apart, inside), *writer.kept(apart, inside)]
        filling = "for l in range(LANES):\n" + block(rows, 4)
        names |= {one: inside[one] for one in apart}
    lines = block(writer.lines([rate], names), 8)
    yield STEPS.format(filling=filling, volts="", lines=lines, rate=writer.name(rate, names))
