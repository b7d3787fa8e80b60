"""One law, written once for numbers; made from it: the same law for whole arrays.

In the twin for arrays every branch is a choice by element. What a law may hold stands in
``_reading``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.sim.models._reading import OWN, Law, is_settled, read

Floats = npt.NDArray[np.float64]
ArrayLaw = Callable[..., Floats]

_NUMPY = "_np"
_RENAMED = {
    "min": "minimum", "max": "maximum", "pow": "power",
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")}}
"""Functions that numpy calls otherwise."""
_JOINS = {ast.And: "logical_and", ast.Or: "logical_or"}


@cache
def for_arrays(owner: Any, name: str, differing: frozenset[str] = frozenset()) -> ArrayLaw:
    """The law that a class states under a name, for broadcast arrays.

    :param differing: values of the model that are arrays themselves: they settle nothing.
    :raises RequestError: when the law holds what a law cannot, with file and line.
    """
    made = _made(read(owner, name), differing)

    def law(model: Any, *given: npt.ArrayLike) -> Floats:
        arrays = [np.asarray(one, dtype=float) for one in given]
        values = np.empty(np.broadcast(*arrays).shape)
        with np.errstate(all="ignore"):  # of branches that are not taken
            values[...] = made(model, *arrays)
        return values

    return law


def _made(law: Law, differing: frozenset[str]) -> Callable[..., Any]:
    """A function compiled anew, its branches turned into choices."""
    writer = _Writer(differing)
    result = writer.value(law.body, {name: name for name in law.arguments})
    names = ast.arguments([], [ast.arg(name) for name in law.arguments], None, [], [], None, [])
    written = ast.FunctionDef("law", names, [*writer.lines, ast.Return(result)], [])
    tree = ast.fix_missing_locations(ast.Module([written], []))
    space: dict[str, Any] = {
        _NUMPY: np, **{name: _made(one, differing) for name, one in law.calls.items()}}
    exec(compile(tree, f"<{law.name}>", "exec"), space)  # noqa: S102  # made of the forms of a law alone
    found: Callable[..., Any] = space["law"]
    return found


Env = dict[str, str]
"""What a name of the law is called in the twin at this point."""


class _Writer(ast.NodeTransformer):
    """Writes straight lines: what an ``if`` decides becomes a choice between two values."""

    def __init__(self, differing: frozenset[str]) -> None:
        self._differing = differing
        self._env: Env = {}
        self.lines: list[ast.stmt] = []

    def value(self, body: Sequence[ast.stmt], env: Env) -> ast.expr:
        """What a body returns, its lines written before."""
        *lines, end = body
        for line in lines:
            assert isinstance(line, ast.Assign)
            self._assign(line.targets[0], line.value, env)
        if isinstance(end, ast.If):
            test = self._expression(end.test, env)
            return self._choice(end.test, test, self.value(end.body, dict(env)),
                           self.value(end.orelse, dict(env)))
        assert isinstance(end, ast.Return)
        assert end.value is not None
        return self._expression(end.value, env)

    def _assign(self, target: ast.expr, value: ast.expr, env: Env) -> None:
        written = self._expression(value, env)
        fresh: list[ast.expr] = []
        for one in target.elts if isinstance(target, ast.Tuple) else [target]:
            assert isinstance(one, ast.Name)
            env[one.id] = f"{one.id}_{len(self.lines)}"
            fresh.append(ast.Name(env[one.id], ast.Store()))
        into = ast.Tuple(fresh, ast.Store()) if isinstance(target, ast.Tuple) else fresh[0]
        self.lines.append(ast.Assign([into], written))

    def _expression(self, node: ast.expr, env: Env) -> ast.expr:
        outer, self._env = self._env, env
        found = self.visit(copy.deepcopy(node))  # a law may be written again
        self._env = outer
        assert isinstance(found, ast.expr)
        return found

    def _choice(
        self, test: ast.expr, written: ast.expr, yes: ast.expr, no: ast.expr
    ) -> ast.expr:
        if self._settles(test):
            return ast.IfExp(written, yes, no)
        return _numpy("where", written, yes, no)

    def _settles(self, test: ast.expr) -> bool:
        """Whether a test has one answer for all elements."""
        read = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
        return is_settled(test) and not read & self._differing

    # --- expressions

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast's name
        """A name of the law as it is called now."""
        return ast.Name(self._env.get(node.id, node.id), ast.Load())

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:  # ast's name
        """``a if c else b``."""
        return self._choice(node.test, *map(self.visit, (node.test, node.body, node.orelse)))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:  # ast's name
        """``and``, ``or``, which the model's values alone settle as they stand."""
        first, *others = (self.visit(value) for value in node.values)
        if self._settles(node):
            return ast.BoolOp(node.op, [first, *others])
        for other in others:
            first = _numpy(_JOINS[type(node.op)], first, other)
        assert isinstance(first, ast.expr)
        return first

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:  # ast's name
        """``not``; a sign stays."""
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not):
            return _numpy("logical_not", operand)
        return ast.UnaryOp(node.op, operand)

    def visit_Call(self, node: ast.Call) -> ast.expr:  # ast's name
        """A function that numpy has, or one of the law's own."""
        assert isinstance(node.func, ast.Name)
        name, arguments = node.func.id, [self.visit(argument) for argument in node.args]
        if name.startswith(OWN):
            return ast.Call(node.func, arguments, [])
        return _numpy(_RENAMED.get(name, name), *arguments)


def _numpy(name: str, *arguments: ast.expr) -> ast.Call:
    function = ast.Attribute(ast.Name(_NUMPY, ast.Load()), name, ast.Load())
    return ast.Call(function, list(arguments), [])
