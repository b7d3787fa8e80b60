"""One law, written once for numbers; made from it: the same law for whole arrays.

A model states its rate and its current as plain methods of two numbers. From such a method's
source a twin for arrays is made, in which every branch becomes a choice by element. A law may hold
what both can express: assignments, ``if``, ``return``, conditional expressions, functions of
``math``, ``abs``, ``min``, ``max``, functions of its own module and methods of its model. No loops.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError

Floats = npt.NDArray[np.float64]
ArrayLaw = Callable[[Any, npt.ArrayLike, npt.ArrayLike], Floats]

_NUMPY = "_np"
_RENAMED = {"pow": "power", "fabs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
"""Functions of ``math`` that numpy calls otherwise."""
_BUILTINS = {"abs": "abs", "min": "minimum", "max": "maximum"}
_JOINS = {ast.And: "logical_and", ast.Or: "logical_or"}


@cache
def for_arrays(owner: Any, name: str) -> ArrayLaw:
    """The law that a class states under a name, for broadcast arrays.

    :raises RequestError: when the law holds what arrays cannot follow, with the line.
    """
    made = _made(getattr(owner, name), owner)

    def law(model: Any, v_v: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
        v, s = np.asarray(v_v, dtype=float), np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):  # of branches that are not taken
            found = made(model, v, s)
        return np.array(np.broadcast_to(found, np.broadcast_shapes(v.shape, s.shape)), dtype=float)

    return law


@cache
def _made(function: FunctionType, owner: type) -> Callable[..., Any]:
    """A function compiled anew, its branches turned into choices."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    writer = _Writer(function, owner)
    names = [argument.arg for argument in definition.args.args]
    result = writer.value(definition.body, {name: name for name in names})
    definition.body = [*writer.lines, ast.Return(result)]
    definition.decorator_list, definition.returns = [], None
    for argument in definition.args.args:
        argument.annotation = None
    space = {**function.__globals__, **writer.names, _NUMPY: np}
    exec(compile(ast.fix_missing_locations(tree), f"<{function.__qualname__}>", "exec"), space)  # noqa: S102  # the program's own source, no text from outside
    found: Callable[..., Any] = space[definition.name]
    return found


Env = dict[str, str]
"""What a name of the law is called in the twin at this point."""


class _Writer(ast.NodeTransformer):
    """Writes straight lines: what an ``if`` decides becomes a choice between two values."""

    def __init__(self, function: FunctionType, owner: type) -> None:
        self._function, self._owner = function, owner
        self._env: Env = {}
        self.lines: list[ast.stmt] = []
        self.names: dict[str, Any] = {}

    def value(self, body: Sequence[ast.stmt], env: Env) -> ast.expr:
        """What a body returns, its lines written before."""
        for place, line in enumerate(body):
            rest = body[place + 1:]
            if isinstance(line, ast.Return) and line.value is not None:
                return self._expression(line.value, env)
            if isinstance(line, ast.If):
                return self._choice(
                    line.test, self.value([*line.body, *rest], dict(env)),
                    self.value([*line.orelse, *rest], dict(env)), env)
            self._line(line, env)
        raise RequestError(f"{self._where(body)}: a law must end in a return on every way")

    def _line(self, line: ast.stmt, env: Env) -> None:
        """An assignment; what only speaks to the reader is left out."""
        if isinstance(line, ast.Delete) or (
                isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)):
            return
        if isinstance(line, ast.AugAssign) and isinstance(line.target, ast.Name):
            old = ast.Name(line.target.id, ast.Load())
            self._assign(line.target, ast.BinOp(old, line.op, line.value), env)
        elif isinstance(line, ast.Assign) and len(line.targets) == 1:
            self._assign(line.targets[0], line.value, env)
        else:
            self._refuse(line)

    def _assign(self, target: ast.expr, value: ast.expr, env: Env) -> None:
        written = self._expression(value, env)
        fresh: list[ast.expr] = []
        for one in target.elts if isinstance(target, ast.Tuple) else [target]:
            if not isinstance(one, ast.Name):
                self._refuse(one)
                continue
            env[one.id] = f"{one.id}_{len(self.lines)}"
            fresh.append(ast.Name(env[one.id], ast.Store()))
        into = ast.Tuple(fresh, ast.Store()) if isinstance(target, ast.Tuple) else fresh[0]
        self.lines.append(ast.Assign([into], written))

    def _expression(self, node: ast.expr, env: Env) -> ast.expr:
        outer, self._env = self._env, env
        found = self.visit(copy.deepcopy(node))  # a line may be written on two ways
        self._env = outer
        assert isinstance(found, ast.expr)
        return found

    def _choice(self, test: ast.expr, yes: ast.expr, no: ast.expr, env: Env) -> ast.expr:
        written = self._expression(test, env)
        if _is_settled(test):
            return ast.IfExp(written, yes, no)
        return _numpy("where", written, yes, no)

    # --- expressions

    def visit_Name(self, node: ast.Name) -> ast.expr:  # ast's name
        """A name of the law as it is called now."""
        return ast.Name(self._env.get(node.id, node.id), ast.Load())

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:  # ast's name
        """``a if c else b``."""
        return _numpy("where", *map(self.visit, (node.test, node.body, node.orelse)))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:  # ast's name
        """``and``, ``or``."""
        first, *others = map(self.visit, node.values)
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

    def visit_Compare(self, node: ast.Compare) -> ast.expr:  # ast's name
        """Also chains: ``a < b < c``."""
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        parts: list[ast.expr] = [
            ast.Compare(sides[k], [op], [sides[k + 1]]) for k, op in enumerate(node.ops)]
        first, *others = parts
        for other in others:
            first = _numpy("logical_and", first, other)
        return first

    def visit_Call(self, node: ast.Call) -> ast.expr:  # ast's name
        """A function of ``math``, a builtin, a function of the module or a method of the model."""
        arguments = [self.visit(argument) for argument in node.args]
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id == "math":
                return _numpy(_RENAMED.get(function.attr, function.attr), *arguments)
            if function.value.id == "self":
                own = getattr(self._owner, function.attr, None)
                if isinstance(own, FunctionType):
                    return self._call(own, [ast.Name("self", ast.Load()), *arguments])
        if isinstance(function, ast.Name) and function.id in _BUILTINS:
            return _numpy(_BUILTINS[function.id], *arguments)
        if isinstance(function, ast.Name):
            own = self._function.__globals__.get(function.id)
            if isinstance(own, FunctionType):
                return self._call(own, arguments)
        self._refuse(node)
        return node

    def _call(self, function: FunctionType, arguments: list[ast.expr]) -> ast.expr:
        name = f"_law_{len(self.names)}"
        self.names[name] = _made(function, self._owner)
        return ast.Call(ast.Name(name, ast.Load()), arguments, [])

    # --- words

    def _refuse(self, node: ast.AST) -> None:
        kind = type(node).__name__.lower()
        message = (
            f"{self._where([node])}: arrays cannot follow this ({kind}); a law is made of "
            "assignments, if, return, math functions, and functions made of those"
        )
        raise RequestError(message)

    def _where(self, nodes: Sequence[ast.AST]) -> str:
        line = getattr(nodes[0], "lineno", 1) if nodes else 1
        return f"{self._function.__qualname__}, line {line} of it"


def _is_settled(test: ast.expr) -> bool:
    """Whether a test asks for the model's parameters alone, and so for no single element."""
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return names <= {"self"} and not any(isinstance(node, ast.Call) for node in ast.walk(test))


def _numpy(name: str, *arguments: ast.expr) -> ast.Call:
    function = ast.Attribute(ast.Name(_NUMPY, ast.Load()), name, ast.Load())
    return ast.Call(function, list(arguments), [])
