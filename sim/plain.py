"""A law as plain functions of numbers, its branches as they stand: to be compiled."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model
from memrig.sim.models._reading import MODEL, OWN, Law, is_settled, read, value_of

_VALUES = "own"
"""What the functions call the values of the model."""
_BARE = ("abs", "min", "max")


@dataclass(frozen=True, slots=True)
class Plain:
    """The text of functions that a law is made of, the law last.

    :param values: what the model has in it, shape (k,): the law's argument after those that it
        has.
    """

    functions: Sequence[str]
    values: Floats


def plain(model: Model, law: str, name: str) -> Plain:
    """Write the law of a model as a function of another name.

    :raises RequestError: when the law holds what a law cannot, with file and line.
    """
    cls: Any = type(model)
    writer = _Writer(model)
    writer.write(read(cls, law), name)
    return Plain(writer.functions, np.array(list(writer.values.values()), dtype=float))


class _Writer(ast.NodeTransformer):
    """Puts places of an array in the place of the model's values."""

    def __init__(self, model: Model) -> None:
        self._model, self._prefix = model, ""
        self.functions: list[str] = []
        self.values: dict[str, float] = {}

    def write(self, law: Law, name: str) -> None:
        """A function after those that it calls."""
        for own, inner in law.calls.items():
            self.write(inner, f"{name}_{own}")
        self._prefix = name
        arguments = [ast.arg(one) for one in law.arguments if one != MODEL] + [ast.arg(_VALUES)]
        body = [line for one in law.body for line in self._lines(one)]
        made = ast.FunctionDef(name, ast.arguments([], arguments, None, [], [], None, []), body, [])
        self.functions.append(ast.unparse(ast.fix_missing_locations(made)))

    def _lines(self, line: ast.stmt) -> list[ast.stmt]:
        found = self.visit(copy.deepcopy(line))  # a law may be written again
        return found if isinstance(found, list) else [found]

    def _answer(self, test: ast.expr) -> bool | None:
        """What a test says that asks for the model's values alone."""
        if not is_settled(test):
            return None
        return bool(value_of(test, self._model))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:  # ast's name
        """Of a value of the model that has several, each by its number."""
        (target,) = node.targets
        if isinstance(target, ast.Tuple) and not isinstance(node.value, ast.Tuple):
            parts: list[ast.expr] = [ast.Subscript(node.value, ast.Constant(k), ast.Load())
                                     for k in range(len(target.elts))]
            node.value = ast.Tuple(parts, ast.Load())
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.stmt | list[ast.stmt]:  # ast's name
        """One side, where the model alone decides."""
        answer = self._answer(node.test)
        if answer is None:
            self.generic_visit(node)
            return node
        return [line for one in (node.body if answer else node.orelse) for line in self._lines(one)]

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:  # ast's name
        """One value, where the model alone decides."""
        answer = self._answer(node.test)
        if answer is None:
            return self.generic_visit(node)
        found: ast.AST = self.visit(node.body if answer else node.orelse)
        return found

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # ast's name
        """A value of the model."""
        return self._value(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:  # ast's name
        """A part of a value of the model."""
        return self._value(node)

    def _value(self, node: ast.expr) -> ast.expr:
        text = ast.unparse(node)
        if text not in self.values:
            self.values[text] = value_of(node, self._model)
        place = list(self.values).index(text)
        return ast.Subscript(ast.Name(_VALUES, ast.Load()), ast.Constant(place), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:  # ast's name
        """A function of ``math``, or one of the law's own."""
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        given = [self.visit(one) for one in node.args
                 if not (isinstance(one, ast.Name) and one.id == MODEL)]
        if name.startswith(OWN):
            called = ast.Name(f"{self._prefix}_{name}", ast.Load())
            return ast.Call(called, [*given, ast.Name(_VALUES, ast.Load())], [])
        home: ast.expr = ast.Name(name, ast.Load())
        if name not in _BARE:
            home = ast.Attribute(ast.Name("math", ast.Load()), name, ast.Load())
        return ast.Call(home, given, [])
