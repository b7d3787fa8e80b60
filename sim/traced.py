"""A law as operations in a row, told apart by what they depend on.

What depends on the parameters alone is computed once, what depends on the voltage once per
voltage, and only the rest at every step.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.sim.models._reading import MODEL, Law, is_settled, value_of

PARAMETERS, VOLTAGE, STATE = range(3)
"""What an operation depends on, at most."""

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "pow",
           ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_NUMPY: Mapping[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide, "pow": np.power,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne, "and": np.logical_and, "or": np.logical_or, "not": np.logical_not,
    "neg": operator.neg, "where": np.where, "min": np.minimum, "max": np.maximum, "abs": np.abs,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh}


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One operation.

    :param depends: PARAMETERS, VOLTAGE or STATE.
    :param differs: whether devices under one voltage have different values.
    :param value: of a literal, a number; of a value of the model, a number or shape (n,).
    """

    operation: str
    arguments: tuple[Step, ...]
    depends: int
    differs: bool
    value: Any = None

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 for all devices."""
        return self.depends == PARAMETERS and not self.differs and self.value == 0.0

    def compute(self) -> Any:
        """Of an operation that depends on parameters alone: a number or shape (n,)."""
        if self.operation in {"literal", "value"}:
            return self.value
        function = _NUMPY.get(self.operation) or getattr(np, self.operation)
        with np.errstate(all="ignore"):  # of branches that are not taken
            return function(*(one.compute() for one in self.arguments))


class Tracer:
    """Reads laws of one model with the values of many devices; equal operations are one."""

    def __init__(self, values: Any, differing: frozenset[str]) -> None:
        self._values, self._differing = values, differing
        self._known: dict[tuple[Any, ...], Step] = {}
        self.state = Step("state", (), STATE, differs=True)

    def constant(self, value: Any, operation: str = "value") -> Step:
        """A number of the law (``literal``) or a value of the model, a number or shape (n,)."""
        differs = bool(np.ndim(value))
        key = (operation, id(value) if differs else float(value))
        return self._known.setdefault(
            key, Step(operation, (), PARAMETERS, differs=differs, value=value))

    def of(self, operation: str, *arguments: Step) -> Step:
        """An operation on others; one that is the same for all devices is computed at once."""
        depends = max(one.depends for one in arguments)
        differs = any(one.differs for one in arguments)
        test = arguments[0]
        if operation == "where" and test.depends == PARAMETERS and not test.differs:
            return arguments[1] if test.value else arguments[2]
        if operation == "where" and arguments[1] is arguments[2]:
            return arguments[1]
        for one, other in ((0, 1), (1, 0)) if operation in "+*" and len(arguments) == 2 else ():
            if arguments[one].is_zero:
                return arguments[other if operation == "+" else one]
        key = (operation, *arguments)
        if key not in self._known:
            made = Step(operation, arguments, depends, differs=differs)
            if depends == PARAMETERS and not differs:
                literal = all(one.operation == "literal" for one in arguments)
                made = self.constant(made.compute(), "literal" if literal else "value")
            self._known[key] = made
        return self._known[key]

    def law(self, law: Law, *arguments: Step) -> Step:
        """What a law returns for a voltage and a state (its first argument is the model)."""
        return self._body(law, law.body, dict(zip(law.arguments[1:], arguments, strict=True)))

    def _body(self, law: Law, body: Iterable[ast.stmt], env: dict[str, Step]) -> Step:
        *lines, end = body
        for line in lines:
            assert isinstance(line, ast.Assign)
            self._assign(law, line.targets[0], line.value, env)
        if isinstance(end, ast.If):
            settled = self._settled(end.test)
            if settled is not None:
                return self._body(law, end.body if settled else end.orelse, env)
            return self.of("where", self._test(law, end.test, env),
                           self._body(law, end.body, dict(env)),
                           self._body(law, end.orelse, dict(env)))
        assert isinstance(end, ast.Return)
        assert end.value is not None
        return self._value(law, end.value, env)

    def _assign(self, law: Law, target: ast.expr, value: ast.expr, env: dict[str, Step]) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = self._value(law, value, env)
            return
        assert isinstance(target, ast.Tuple)
        if isinstance(value, ast.Tuple):
            found = [self._value(law, one, env) for one in value.elts]
        else:
            found = [self.constant(one) for one in self._of_model(value)]
        for name, one in zip(target.elts, found, strict=True):
            assert isinstance(name, ast.Name)
            env[name.id] = one

    def _of_model(self, node: ast.expr) -> Any:
        """A value of the model, or a part of one."""
        if isinstance(node, ast.Subscript):
            assert isinstance(node.slice, ast.Constant)
            return self._of_model(node.value)[node.slice.value]
        assert isinstance(node, ast.Attribute)
        return getattr(self._values, node.attr)

    def _value(  # noqa: PLR0911  # one for each form
        self, law: Law, node: ast.expr, env: dict[str, Step]
    ) -> Step:
        match node:
            case ast.Constant(value=value):
                return self.constant(value, "literal")
            case ast.Name(id=name):
                return env[name]
            case ast.BinOp(left=left, op=op, right=right):
                return self.of(_BINARY[type(op)], self._value(law, left, env),
                               self._value(law, right, env))
            case ast.UnaryOp(op=sign, operand=operand):
                inner = self._value(law, operand, env)
                return self.of("neg", inner) if isinstance(sign, ast.USub) else inner
            case ast.IfExp(test=test, body=yes, orelse=no):
                settled = self._settled(test)
                if settled is not None:
                    return self._value(law, yes if settled else no, env)
                return self.of("where", self._test(law, test, env),
                               self._value(law, yes, env), self._value(law, no, env))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(law, name, arguments, env)
        return self.constant(self._of_model(node))

    def _call(self, law: Law, name: str, arguments: list[ast.expr], env: dict[str, Step]) -> Step:
        own = law.calls.get(name)
        given = [self._value(law, one, env) for one in arguments
                 if not (isinstance(one, ast.Name) and one.id == MODEL)]
        if own is None:
            return self.of(name, *given)
        names = [one for one in own.arguments if one != MODEL]
        return self._body(own, own.body, dict(zip(names, given, strict=True)))

    # --- tests

    def _settled(self, test: ast.expr) -> bool | None:
        """The answer that a test has for all devices; None where it has none."""
        read = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
        if not is_settled(test) or read & self._differing:
            return None
        return bool(value_of(test, self._values))

    def _test(self, law: Law, node: ast.expr, env: dict[str, Step]) -> Step:
        settled = self._settled(node)
        if settled is not None:
            return self.constant(settled, "literal")
        match node:
            case ast.BoolOp(op=op, values=values):
                first, *others = (self._test(law, one, env) for one in values)
                for other in others:
                    first = self.of("and" if isinstance(op, ast.And) else "or", first, other)
                return first
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.of("not", self._test(law, operand, env))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.of(_BINARY[type(op)], self._value(law, left, env),
                               self._value(law, right, env))
        return self.of("!=", self._value(law, node, env), self.constant(0.0, "literal"))
