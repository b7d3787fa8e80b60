"""Reads a law from its source into few forms, from which its twins are written.

A law is a plain method of numbers. It may hold assignments, ``if``, ``return``, conditional
expressions, values of its model, functions of ``math``, ``abs``, ``min``, ``max``, numbers and
functions of its own module, and methods of its model made of the same. No loops.
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from memrig.hil.errors import RequestError

FUNCTIONS: Mapping[str, int] = {
    "abs": 1, "min": 2, "max": 2, "pow": 2, "copysign": 2, "hypot": 2,
    **dict.fromkeys((
        "sqrt", "exp", "expm1", "log", "log1p", "log10", "log2", "sin", "cos", "tan", "asin",
        "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil"), 1)}
"""What every twin can compute, with the number of arguments; the names are those of ``math``."""
OWN = "law_"
"""What the names of a law's own functions begin with."""
MODEL = "self"
"""What a method calls its model."""
ALLOWED = (
    "a law is made of assignments, if, return, math functions, and functions made of those"
)
_KNOWN: Mapping[Any, str] = {
    **{getattr(math, name): name for name in FUNCTIONS if hasattr(math, name)},
    math.fabs: "abs", abs: "abs", min: "min", max: "max", pow: "pow"}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@dataclass(frozen=True, eq=False)
class Law:
    """A law in few forms.

    The body holds assignments, then one ``return`` or one ``if`` with both its sides, each again
    such a body. Expressions are constants, names, values of the model (``self.b``, also
    ``self.b[0]``), arithmetic, ``a if c else b``, and calls of ``FUNCTIONS`` or ``calls`` by
    name. Tests are comparisons of two sides joined by ``and``, ``or``, ``not``, or anything that
    is settled (see ``is_settled``).
    """

    name: str
    arguments: tuple[str, ...]
    body: Sequence[ast.stmt]
    calls: Mapping[str, Law] = field(default_factory=dict)
    """The functions of its own that it calls; a method's first argument is the model."""


def read(owner: Any, name: str, known: frozenset[str] = frozenset()) -> Law:
    """The law that a class states under a name.

    :param known: methods that stay calls by their name: who writes the twin knows what they give.
    :raises RequestError: when it holds what a law cannot, with file and line.
    """
    return _read(getattr(owner, name), owner, (), known)


def is_settled(test: ast.expr) -> bool:
    """Whether a test asks for the model's values alone, and so for no voltage or state."""
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return names <= {MODEL} and not any(isinstance(node, ast.Call) for node in ast.walk(test))


def value_of(expression: ast.expr, model: Any) -> Any:
    """What something is that depends on the model's values alone."""
    code = compile(ast.fix_missing_locations(ast.Expression(expression)), "<settled>", "eval")
    return eval(code, {MODEL: model})  # noqa: S307  # made of the forms of a law alone


@cache
def _read(
    function: FunctionType, owner: Any, outer: tuple[FunctionType, ...], known: frozenset[str]
) -> Law:
    return _Reader(function, owner, (*outer, function), known).law()


class _Reader:
    """Reads one function; those that it calls are read by others."""

    def __init__(
        self, function: FunctionType, owner: Any, outer: tuple[FunctionType, ...],
        known: frozenset[str],
    ) -> None:
        self._function, self._owner, self._outer = function, owner, outer
        self._known = known
        self._locals = set(function.__code__.co_varnames)
        self._calls: dict[str, Law] = {}

    def law(self) -> Law:
        definition = self._definition()
        arguments = tuple(argument.arg for argument in definition.args.args)
        return Law(self._function.__qualname__, arguments, self._body(definition.body),
                   self._calls)

    def _definition(self) -> ast.FunctionDef:
        try:
            text = textwrap.dedent(inspect.getsource(self._function))
        except OSError:
            name = self._function.__qualname__
            raise RequestError(f"{name} has no source to read; keep it in a file") from None
        definition = ast.parse(text).body[0]
        if not isinstance(definition, ast.FunctionDef):
            raise self._refused(definition)
        return definition

    # --- lines

    def _body(self, lines: Sequence[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for place, line in enumerate(lines):
            rest = lines[place + 1:]
            if isinstance(line, ast.Return) and line.value is not None:
                return [*done, ast.Return(self._value(line.value))]
            if isinstance(line, ast.If):
                sides = (self._body([*side, *rest]) for side in (line.body, line.orelse))
                return [*done, ast.If(self._test(line.test), *sides)]
            done += self._line(line)
        raise self._refused(lines[-1] if lines else None, "a law must end in a return on every way")

    def _line(self, line: ast.stmt) -> list[ast.stmt]:
        """An assignment; what only speaks to the reader is left out."""
        match line:
            case ast.Delete() | ast.Pass() | ast.Expr(value=ast.Constant()):
                return []
            case ast.Assign(targets=[target], value=value):
                return [self._assigned(target, value)]
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                return [self._assigned(target, value)]
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                old = ast.copy_location(ast.Name(name, ast.Load()), line)
                grown = ast.copy_location(ast.BinOp(old, op, value), line)
                return [self._assigned(ast.Name(name, ast.Store()), grown)]
        raise self._refused(line)

    def _assigned(self, target: ast.expr, value: ast.expr) -> ast.Assign:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        for one in names:
            if not isinstance(one, ast.Name):
                raise self._refused(one)
        if not isinstance(target, ast.Tuple):
            return ast.Assign([target], self._value(value))
        if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
            parts: list[ast.expr] = [self._value(one) for one in value.elts]
            return ast.Assign([target], ast.Tuple(parts, ast.Load()))
        if not self._of_model(value):
            why = "several values come from several expressions or from the model"
            raise self._refused(value, why)
        return ast.Assign([target], value)

    # --- expressions

    def _value(self, node: ast.expr) -> ast.expr:
        """A number."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
                return ast.BinOp(self._value(left), op, self._value(right))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                return ast.UnaryOp(sign, self._value(operand))
            case ast.IfExp(test=test, body=yes, orelse=no):
                return ast.IfExp(self._test(test), self._value(yes), self._value(no))
            case ast.Call():
                return self._call(node)
        return self._leaf(node)

    def _leaf(self, node: ast.expr) -> ast.expr:
        """A number, a name, or a value of the model."""
        is_local = isinstance(node, ast.Name) and node.id in self._locals
        if is_local or self._of_model(node):
            return node
        known = node.value if isinstance(node, ast.Constant) else self._thing(node)
        if isinstance(known, int | float):
            return ast.Constant(known)
        raise self._refused(node)

    def _test(self, node: ast.expr) -> ast.expr:
        """Yes or no; a number alone asks whether it is another than 0."""
        if is_settled(node):
            return copy.deepcopy(node)
        match node:
            case ast.BoolOp(op=op, values=values):
                return ast.BoolOp(op, [self._test(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ast.UnaryOp(ast.Not(), self._test(operand))
            case ast.Compare():
                return self._compared(node)
        return ast.Compare(self._value(node), [ast.NotEq()], [ast.Constant(0.0)])

    def _compared(self, node: ast.Compare) -> ast.expr:
        """Also chains: ``a < b < c``."""
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            raise self._refused(node)
        sides = [self._value(side) for side in (node.left, *node.comparators)]
        parts: list[ast.expr] = [
            ast.Compare(sides[k], [op], [sides[k + 1]]) for k, op in enumerate(node.ops)]
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def _of_model(self, node: ast.expr) -> bool:
        """Whether this is a value of the model, or a part of one."""
        match node:
            case ast.Subscript(value=value, slice=ast.Constant(value=int())):
                return self._of_model(value)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return not isinstance(getattr(self._owner, name, None), FunctionType)
        return False

    def _call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute) and node.func.attr in self._known:
            return _called(node.func.attr, [self._value(argument) for argument in node.args])
        thing = self._thing(node.func)
        if isinstance(thing, FunctionType):
            return self._own(node, thing)
        name = _KNOWN.get(thing) if callable(thing) else None
        if name is None or node.keywords:
            raise self._refused(node)
        arguments = [self._value(argument) for argument in node.args]
        if name == "log" and len(arguments) == 2:
            top, bottom = (_called("log", [one]) for one in arguments)
            return ast.BinOp(top, ast.Div(), bottom)
        if name in {"min", "max"}:
            while len(arguments) > 2:
                arguments = [_called(name, arguments[:2]), *arguments[2:]]
        if len(arguments) != FUNCTIONS[name]:
            raise self._refused(node, f"{name} takes {FUNCTIONS[name]} here")
        return _called(name, arguments)

    def _own(self, node: ast.Call, function: FunctionType) -> ast.expr:
        """A call of a function that is read itself; every argument in its place."""
        if function in self._outer:
            raise self._refused(node, "a law cannot call itself")
        given: list[ast.expr] = [self._argument(one) for one in node.args]
        if self._is_method(node.func):
            given = [ast.Name(MODEL, ast.Load()), *given]
        named = {str(one.arg): self._argument(one.value) for one in node.keywords}
        try:
            bound = inspect.signature(function).bind(*given, **named)
        except TypeError as error:
            raise self._refused(node, str(error)) from None
        bound.apply_defaults()
        arguments = [one if isinstance(one, ast.expr) else ast.Constant(one)
                     for one in bound.arguments.values()]
        law = _read(function, self._owner, self._outer, self._known)
        return _called(self._name(law), arguments)

    def _name(self, law: Law) -> str:
        """What a function of its own is called here."""
        for name, one in self._calls.items():
            if one is law:
                return name
        name = f"{OWN}{len(self._calls)}"
        self._calls[name] = law
        return name

    def _argument(self, node: ast.expr) -> ast.expr:
        is_model = isinstance(node, ast.Name) and node.id == MODEL
        return node if is_model else self._value(node)

    def _is_method(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                return True
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found = inspect.getattr_static(self._owner, name, None)
                return not isinstance(found, staticmethod)
        return False

    def _thing(self, node: ast.expr) -> Any:
        """What a name outside of the law stands for; None where there is nothing."""
        match node:
            case ast.Name(id=name) if name not in self._locals:
                return self._function.__globals__.get(name, getattr(builtins, name, None))
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return getattr(self._owner, name, None)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[]), attr=name):
                return getattr(super(self._class(), self._owner), name, None)
            case ast.Attribute(value=value, attr=name):
                holder = self._thing(value)
                return getattr(holder, name, None) if isinstance(holder, ModuleType) else None
        return None

    def _class(self) -> Any:
        """The class that the function was written in, which ``super()`` begins above."""
        cells = self._function.__closure__ or ()
        written_in = dict(zip(self._function.__code__.co_freevars, cells, strict=True))
        return written_in["__class__"].cell_contents

    # --- words

    def _refused(self, node: ast.AST | None, why: str = "") -> RequestError:
        code = self._function.__code__
        line = code.co_firstlineno + getattr(node, "lineno", 1) - 1
        if not why:
            why = f"a law cannot hold this ({type(node).__name__.lower()}); {ALLOWED}"
        where = f"{Path(code.co_filename).name}, line {line}, {self._function.__qualname__}"
        return RequestError(f"{where}: {why}")


def _called(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])
