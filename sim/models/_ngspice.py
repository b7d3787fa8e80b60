"""Writes a law as an expression of ngspice, from the same source as its other twins.

What of ngspice-39 has to be known: ``pow(a, b)`` and ``a^b`` take the magnitude of ``a``;
``exp`` stops at 1e99; a root or logarithm of a negative number ends the simulation, but a side of
``c ? a : b`` that is not taken is not computed; there are no ``expm1`` and ``log1p``.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from memrig.hil.errors import RequestError
from memrig.sim.models._reading import Law, is_settled, read, value_of

Value = float | str
"""A number that the model settles, or a text of what only the simulation knows."""
LONGEST = 100_000
"""Characters of an expression."""
TINY = "1e-30"
"""The base of a power is at least this: its slope at 0 may be infinite."""

_SIGNS: Mapping[type[ast.operator], tuple[str, Callable[[float, float], float]]] = {
    ast.Add: ("+", operator.add), ast.Sub: ("-", operator.sub), ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv)}
_COMPARED: Mapping[type[ast.cmpop], tuple[str, Callable[[float, float], bool]]] = {
    ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le), ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge), ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne)}
_OTHERWISE: Mapping[str, str] = {
    "log": "ln({0})", "log2": f"(ln({{0}})/{math.log(2.0)!r})",
    "expm1": "(2*exp({0}/2)*sinh({0}/2))", "log1p": "(2*atanh({0}/(2+{0})))",
    "copysign": "({1}>=0 ? abs({0}) : (-abs({0})))", "hypot": "sqrt({0}*{0}+{1}*{1})"}


def expression(
    model: Any, name: str, v: str, x: str, known: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What a model's law gives, as ngspice writes it.

    :param v: what stands for the voltage, and ``x`` for the state.
    :param known: what stands for a method of the model.
    :raises RequestError: when the law holds what a law cannot, or becomes too long.
    """
    law = read(type(model), name, frozenset(known))
    return _text(_Writer(model, known).law(law, (model, v, x)))


class _Writer:
    """Puts every function and every intermediate value where it is used."""

    def __init__(self, model: Any, known: Mapping[str, str]) -> None:
        self._model, self._known = model, known

    def law(self, law: Law, arguments: Sequence[Any]) -> Value:
        return self._body(law, law.body, dict(zip(law.arguments, arguments, strict=True)))

    def _body(self, law: Law, body: Sequence[ast.stmt], env: dict[str, Any]) -> Value:
        *lines, end = body
        for line in lines:
            assert isinstance(line, ast.Assign)
            self._assign(law, line, env)
        if isinstance(end, ast.If):
            return self._chosen(law, end.test, end.body, end.orelse, env)
        assert isinstance(end, ast.Return)
        assert end.value is not None
        return self._value(law, end.value, env)

    def _assign(self, law: Law, line: ast.Assign, env: dict[str, Any]) -> None:
        target = line.targets[0]
        if not isinstance(target, ast.Tuple):
            assert isinstance(target, ast.Name)
            env[target.id] = _checked(law, self._value(law, line.value, env))
            return
        values = ([self._value(law, one, env) for one in line.value.elts]
                  if isinstance(line.value, ast.Tuple) else value_of(line.value, self._model))
        for one, value in zip(target.elts, values, strict=True):
            assert isinstance(one, ast.Name)
            env[one.id] = value

    def _chosen(self, law: Law, test: ast.expr, yes: Any, no: Any, env: dict[str, Any]) -> Value:
        """One of two bodies or expressions; only the one that is taken where that is settled."""
        answer = self._test(law, test, env)
        write = self._body if isinstance(yes, list) else self._value
        if isinstance(answer, bool):
            return write(law, yes if answer else no, dict(env))
        first, second = (_text(write(law, side, dict(env))) for side in (yes, no))
        return _checked(law, f"({answer} ? {first} : {second})")

    def _value(self, law: Law, node: Any, env: dict[str, Any]) -> Value:
        match node:
            case ast.Name(id=name):
                found: Value = env[name]
                return found
            case ast.BinOp(left=left, op=op, right=right):
                return _joined(op, self._value(law, left, env), self._value(law, right, env))
            case ast.UnaryOp(op=op, operand=operand):
                value = self._value(law, operand, env)
                return value if isinstance(op, ast.UAdd) else _negative(value)
            case ast.IfExp(test=test, body=yes, orelse=no):
                return self._chosen(law, test, yes, no, env)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(law, name, args, env)
        settled: float = value_of(node, self._model)
        return float(settled)

    def _call(self, law: Law, name: str, args: Sequence[ast.expr], env: dict[str, Any]) -> Value:
        if name in self._known:
            return self._known[name]
        values = [self._value(law, one, env) for one in args]
        if name in law.calls:
            return _checked(law, self.law(law.calls[name], values))
        if all(isinstance(one, float) for one in values):
            function = getattr(math, name, getattr(builtins, name, None))
            assert function is not None
            return float(function(*values))
        if name == "pow":
            return _power(*values)
        texts = [_text(one) for one in values]
        return _OTHERWISE.get(name, f"{name}({','.join(texts)})").format(*texts)

    def _test(self, law: Law, node: ast.expr, env: dict[str, Any]) -> bool | str:
        """Yes or no where that is settled. ``and`` and ``or`` are choices, too: what need not be
        computed is not."""
        if is_settled(node):
            return bool(value_of(node, self._model))
        match node:
            case ast.BoolOp(op=op, values=values):
                return _both(op, [self._test(law, value, env) for value in values])
            case ast.UnaryOp(operand=operand):
                answer = self._test(law, operand, env)
                return not answer if isinstance(answer, bool) else f"({answer} ? 0 : 1)"
        assert isinstance(node, ast.Compare)
        left, right = (self._value(law, one, env) for one in (node.left, node.comparators[0]))
        sign, compare = _COMPARED[type(node.ops[0])]
        if isinstance(left, float) and isinstance(right, float):
            return compare(left, right)
        return f"({_text(left)}{sign}{_text(right)})"


def _both(joint: ast.boolop, answers: Sequence[bool | str]) -> bool | str:
    """``and`` or ``or`` of answers, some of them settled."""
    all_of = isinstance(joint, ast.And)
    if any(answer is not all_of for answer in answers if isinstance(answer, bool)):
        return not all_of
    written = [answer for answer in answers if isinstance(answer, str)]
    if not written:
        return all_of
    *first, last = written
    for answer in reversed(first):
        last = f"({answer} ? {last} : 0)" if all_of else f"({answer} ? 1 : {last})"
    return last


def _joined(op: ast.operator, left: Value, right: Value) -> Value:
    """Arithmetic, done where both sides are numbers; what changes nothing is left out."""
    if isinstance(op, ast.Pow):
        return _power(left, right)
    sign, compute = _SIGNS[type(op)]
    if isinstance(left, float) and isinstance(right, float):
        return compute(left, right)
    if sign in "*/" and (left == 0.0 or (sign == "*" and right == 0.0)):
        return 0.0
    if right == (1.0 if sign in "*/" else 0.0):
        return left
    if left == {"*": 1.0, "+": 0.0}.get(sign):
        return right
    return f"({_text(left)}{sign}{_text(right)})"


def _negative(value: Value) -> Value:
    return -value if isinstance(value, float) else f"(-{value})"


def _power(base: Value, exponent: Value) -> Value:
    """A power. That of a negative number is one where the exponent is whole."""
    if isinstance(base, float) and isinstance(exponent, float):
        return math.pow(base, exponent)
    if not isinstance(exponent, float):
        return f"pow(max({_text(base)},{TINY}),{_text(exponent)})"
    if exponent in {0.0, 1.0}:
        return base if exponent else 1.0
    if exponent == 2.0:
        return f"({_text(base)}*{_text(base)})"
    raised = f"pow(max(abs({_text(base)}),{TINY}),{_text(exponent)})"
    return f"(sgn({_text(base)})*{raised})" if exponent % 2.0 == 1.0 else raised


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    written = repr(min(max(value, -1e99), 1e99))
    return f"({written})" if value < 0.0 else written


def _checked(law: Law, value: Value) -> Value:
    if isinstance(value, str) and len(value) > LONGEST:
        message = (
            f"{law.name} becomes an expression of {len(value)} characters; a deck holds "
            f"{LONGEST}: a value that is used often and is long itself makes it so"
        )
        raise RequestError(message)
    return value
