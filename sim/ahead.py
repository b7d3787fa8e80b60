"""Writes the compiled Euler of one device behind a resistance, which looks some steps ahead.

Step by step such a device is a chain of exponentials, each waiting for the one before. But where a
drive is smooth, state and voltage a few steps on are known to many digits from the last ones. So
the laws are looked at there, with their slopes, for all these steps side by side; what remains of
each step is linear in how far off the foresight was. A step that was foreseen badly (a jump of the
drive, a bound) is done as ever, by Newton's method. The numbers are the same but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable

from memrig.sim.kernels import (
    EARLIER,
    HEAD,
    NEAR,
    SIGNATURE,
    Laws,
    Source,
    Writer,
    block,
    functions,
    multiplied,
)
from memrig.sim.load import ITERATIONS
from memrig.sim.traced import STATE, Step, Tracer

AHEAD = 32
"""Steps that are looked at together: a cubic is still right to 1e-8 at a thousandth of a period."""
FORESEEN = 1e-7
"""How far off a state may have been foreseen, relative to its range: the square is rounding."""
KNOWN = 4
"""Steps that foresight is made of."""
_KEPT = ("FIRST", "X1", "X2", "X3")
"""The share and the states before those that all kernels keep."""
_ROWS = ("YP", "XT", "D0", "D1", "A", "B", "FINE", "OFF")
"""Beside the rows of all kernels: voltages, states after the steps, how far a voltage is off, plain
and per what the state is, the same of the next state, whether all that is little, and how far
states are off, with that after the last step."""

_TEXT = '''

@numba.njit({signature!r}, nogil=True, cache=True, **PLAIN)
def kernel(u, change, dt, kept, sheet, s, out, at, ohm):
    wide()
    w = sheet
{scalars}
    x, x1, x2, x3 = w[X], w[X1], w[X2], w[X3]
    q, q1, q2, q3 = w[SHARE], w[BEFORE], w[EARLIER], w[FIRST]
    low_x, high_x, near_x = w[LOW], w[HIGH], {foreseen!r} * (w[HIGH] - w[LOW])
    known, rate, k, r, end = w[MOVING], 1.0, at[2], at[4], at[3]
    while k < end:
        if known >= KNOWN and k + AHEAD <= end and (rate != 0.0 or change[k] < k + AHEAD):
            dx1, dx2 = x - x1, 0.5 * (x - 2.0 * x1 + x2)
            dx3 = (x - 3.0 * (x1 - x2) - x3) / 6.0
            dq1, dq2 = q - q1, 0.5 * (q - 2.0 * q1 + q2)
            dq3 = (q - 3.0 * (q1 - q2) - q3) / 6.0
            x0 = x
            for l in range(AHEAD):
                n = float(l)
                v, h = u[k + l], dt[k + l]
                x = x0 + n * (dx1 + (n + 1.0) * (dx2 + (n + 2.0) * dx3))
                m = n + 1.0
                y = v * (q + m * (dq1 + (m + 1.0) * (dq2 + (m + 2.0) * dq3)))
{ahead}
                inverse = 1.0 / (1.0 + ohm * {slope})
                plain = (v - y - ohm * {current}) * inverse
                turned = -ohm * {current_x} * inverse
                w[YP + l] = y
                w[D0 + l] = plain
                w[D1 + l] = turned
                moved = h * ({rate} + {rate_v} * plain)
                w[A + l] = moved - (dx1 + 2.0 * (n + 1.0) * dx2 + 3.0 * (n + 1.0) * (n + 2.0) * dx3)
                w[B + l] = 1.0 + h * ({rate_x} + {rate_v} * turned)
            off = w[OFF] = 0.0
            for l in range(AHEAD):
                off = w[A + l] + w[B + l] * off
                w[OFF + l + 1] = off
            good = 1
            for l in range(AHEAD):
                n = float(l + 1)
                new = x0 + n * (dx1 + (n + 1.0) * (dx2 + (n + 2.0) * dx3)) + w[OFF + l + 1]
                w[XT + l] = new
                moved = w[D0 + l] + w[D1 + l] * w[OFF + l]
                w[YP + l] += moved
                fine = ((abs(w[OFF + l]) <= near_x) & (abs(moved) <= {near!r} * abs(u[k + l]))
                        & (new >= low_x) & (new <= high_x))
                w[FINE + l] = 1.0 if fine else 0.0
                good &= np.int64(fine)
            x, done = x0, AHEAD
            if good == 0:
                done = 0
                while w[FINE + done] != 0.0:
                    done += 1
            for l in range(max(0, done - KNOWN), done):
                x3, x2, x1 = x2, x1, w[XT + l - 1] if l else x
                x = w[XT + l]
                if u[k + l] != 0.0:
                    q3, q2, q1, q = q2, q1, q, w[YP + l] / u[k + l]
            while r < kept.size and kept[r] <= k + done:
                out[r, 0] = w[XT + kept[r] - k - 1]
                r += 1
            k += done
            rate = x - x1
            known = known if done == AHEAD else 0.0
            continue
        v, h, stop = u[k], dt[k], min(change[k], end)
        low, high, near = min(v, 0.0), max(v, 0.0), {near!r} * abs(v)
        y = min(max(v * (3.0 * (q - q1) + q2), low), high)
        for _ in range({iterations}):
{newton}
            step = (y + ohm * {newton_current} - v) / (1.0 + ohm * {newton_slope})
            y = min(max(y - step, low), high)
            if abs(step) <= near:
                break
{rates}
        rate = {newton_rate}
        if v != 0.0:
            q3, q2, q1, q = q2, q1, q, y / v
        x3, x2, x1 = x2, x1, x
        known += 1.0
        if rate != 0.0:
            x = min(max(x + h * rate, low_x), high_x)
            k += 1
        else:
            k = stop
        while r < kept.size and kept[r] <= k:
            out[r, 0] = x
            r += 1
    w[X], w[X1], w[X2], w[X3], w[MOVING] = x, x1, x2, x3, known
    w[SHARE], w[BEFORE], w[EARLIER], w[FIRST] = q, q1, q2, q3
'''


class _NoSlopeError(Exception):
    """A law holds what has no slope here."""


def euler_ahead(tracer: Tracer, laws: Laws) -> Source | None:
    """Explicit Euler of one device behind a resistance; called like ``kernels.euler_loaded``.

    None where a law holds what has no slope here.
    """
    try:
        return _written(tracer, laws)
    except _NoSlopeError:
        return None


def _written(tracer: Tracer, laws: Laws) -> Source:
    writer, voltage, state = Writer("s_{}"), Step("voltage", (), STATE, differs=True), tracer.state
    current, slope, rate = (tracer.law(one, voltage, state)
                            for one in (laws.current, laws.slope, laws.rate))
    wanted = {"current": current, "slope": slope, "rate": rate,
              "current_x": derivative(tracer, current, state),
              "rate_v": derivative(tracer, rate, voltage),
              "rate_x": derivative(tracer, rate, state)}
    steps = {name: multiplied(tracer, one) for name, one in wanted.items()}
    names = [{voltage: "y", state: "x"} for _ in range(3)]
    ahead = block(writer.lines(steps.values(), names[0]), 16)
    newton = block(writer.lines([steps["current"], steps["slope"]], names[1]), 12)
    rates = block(writer.lines([steps["rate"]], names[2]), 8)
    words = {name: writer.name(one, names[0]) for name, one in steps.items()}
    words |= {f"newton_{name}": writer.name(steps[name], names[2 if name == "rate" else 1])
              for name in ("current", "slope", "rate")}
    text = _TEXT.format(
        signature=SIGNATURE, foreseen=FORESEEN, near=NEAR, iterations=ITERATIONS,
        scalars="\n".join(f"    s_{k} = s[{k}]" for k in range(len(writer.scalars))),
        ahead=ahead, newton=newton, rates=rates, **words)
    places = {name: EARLIER + 1 + k for k, name in enumerate(_KEPT)}
    first = EARLIER + 1 + len(_KEPT)
    places |= {name: first + k * AHEAD for k, name in enumerate(_ROWS)}
    constants = "\n".join([writer.constants(1), f"AHEAD, KNOWN = {AHEAD}, {KNOWN}",
                           *(f"{name} = {place}" for name, place in places.items())])
    return Source("\n".join([HEAD, functions(), "", constants, text]), writer.scalars, [],
                  first + len(_ROWS) * AHEAD + 1)


# --- slopes

_Slope = Callable[[Tracer, Step, list[Step], list[Step]], Step]


def derivative(tracer: Tracer, step: Step, by: Step) -> Step:
    """The slope of an operation against another."""
    known: dict[Step, Step] = {by: _one(tracer)}

    def of(one: Step) -> Step:
        if one not in known:
            slopes = [of(argument) for argument in one.arguments]
            if one.operation in _TESTS or all(slope.is_zero for slope in slopes):
                known[one] = tracer.constant(0.0, "literal")
            elif one.operation in _SLOPES:
                known[one] = _SLOPES[one.operation](tracer, one, list(one.arguments), slopes)
            else:
                raise _NoSlopeError(one.operation)
        return known[one]

    return of(step)


def _product(t: Tracer, _: Step, a: list[Step], d: list[Step]) -> Step:
    return t.of("+", t.of("*", d[0], a[1]), t.of("*", a[0], d[1]))


def _quotient(t: Tracer, f: Step, a: list[Step], d: list[Step]) -> Step:
    return t.of("/", t.of("-", d[0], t.of("*", f, d[1])), a[1])


def _power(t: Tracer, _: Step, a: list[Step], d: list[Step]) -> Step:
    if not d[1].is_zero:
        raise _NoSlopeError("pow")
    less = t.of("-", a[1], _one(t))
    return t.of("*", t.of("*", a[1], t.of("pow", a[0], less)), d[0])


def _by(inner: Callable[[Tracer, Step, Step], Step]) -> _Slope:
    """Of a function of one: its own slope times that of its argument."""
    return lambda t, f, a, d: t.of("*", inner(t, f, a[0]), d[0])


def _one(t: Tracer) -> Step:
    return t.constant(1.0, "literal")


def _either(comparison: str) -> _Slope:
    return lambda t, _, a, d: t.of("where", t.of(comparison, a[0], a[1]), d[0], d[1])


_TESTS = {"<", "<=", ">", ">=", "==", "!=", "and", "or", "not"}
_SLOPES: dict[str, _Slope] = {
    "+": lambda t, _, __, d: t.of("+", *d), "-": lambda t, _, __, d: t.of("-", *d),
    "neg": lambda t, _, __, d: t.of("neg", d[0]), "*": _product, "/": _quotient, "pow": _power,
    "where": lambda t, _, a, d: t.of("where", a[0], d[1], d[2]),
    "min": _either("<"), "max": _either(">"),
    "abs": lambda t, _, a, d: t.of("where", t.of("<", a[0], t.constant(0.0, "literal")),
                                   t.of("neg", d[0]), d[0]),
    "exp": _by(lambda _, f, __: f), "expm1": _by(lambda t, f, _: t.of("+", f, _one(t))),
    "sinh": _by(lambda t, _, a: t.of("cosh", a)), "cosh": _by(lambda t, _, a: t.of("sinh", a)),
    "tanh": _by(lambda t, f, _: t.of("-", _one(t), t.of("*", f, f))),
    "log": _by(lambda t, _, a: t.of("/", _one(t), a)),
    "log1p": _by(lambda t, _, a: t.of("/", _one(t), t.of("+", _one(t), a))),
    "sqrt": _by(lambda t, f, _: t.of("/", t.constant(0.5, "literal"), f)),
}
