"""Rules that hold for every module, so that nobody has to remember them."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memrig.hil.errors import MemrigError, StoppedError
from memrig.hil.parameters import Parameters

try:
    import pyqtgraph
    from PySide6 import QtWidgets
except ImportError:
    HAS_QT = False  # an installation without the windows, or without the libraries that Qt needs
else:
    HAS_QT = bool(pyqtgraph and QtWidgets)

PACKAGES = ("hil", "drivers", "sim", "gui")


def _folder(name: str) -> Path:
    """Where a package lies: in the checkout or installed."""
    return Path(importlib.import_module(f"memrig.{name}").__path__[0])


FILES = [(f"memrig.{package}.{'.'.join(path.relative_to(folder).with_suffix('').parts)}", path)
         for package in PACKAGES for folder in [_folder(package)]
         for path in sorted(folder.rglob("*.py"))
         if path.name != "__init__.py" and "pyvisa_memrig" not in path.parts]
MODULES = dict(FILES)
PUBLIC = [name for name in MODULES if "._" not in name and (HAS_QT or ".gui." not in name)]
INSTRUMENTS = [path for name, path in FILES
               if re.match(r"memrig\.(drivers|sim\.twin)\.keysight_", name)]

SUFFIXES = (
    "v", "a", "s", "hz", "ohm", "siemens", "farad", "c", "j", "w", "k", "m", "m2", "ev",
    "v_per_s", "volts", "amperes", "lsb", "div", "ppm", "rel", "percent", "px",
)
"""Units at the end of a name; ``rel`` and ``percent`` are ratios."""

IN_THE_UNIT_OF_ITS_OWNER = {
    "value", "u", "offset", "u_offset", "low", "high", "mean", "median", "deviation", "noise",
    "drift", "linearity", "linearity_length", "asked", "allowed", "used", "limit", "at",
    "coordinate", "sigma", "default", "before",
}
WITHOUT_UNIT = {
    "x", "x0", "gain", "scale", "factor", "error", "nrmse", "nrmse_before", "chi2", "chi2_dg",
    "fraction", "tolerance", "over_range", "slope", "negative_decay", "positive_decay", "action",
    "count", "height", "done", "probability",
}


def public_classes() -> Iterator[tuple[str, type]]:
    for name in PUBLIC:
        module = importlib.import_module(name)
        for key, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__ == name and not key.startswith("_"):
                yield f"{name}.{key}", thing


def public_functions() -> Iterator[tuple[str, Any]]:
    for name in PUBLIC:
        module = importlib.import_module(name)
        for key, thing in vars(module).items():
            if inspect.isfunction(thing) and thing.__module__ == name and not key.startswith("_"):
                yield f"{name}.{key}", thing
    for where, cls in public_classes():
        for key, thing in vars(cls).items():
            plain = getattr(thing, "__func__", thing)
            if inspect.isfunction(plain) and not key.startswith("_"):
                yield f"{where}.{key}", plain


def is_float(annotation: Any) -> bool:
    return str(annotation).replace(" ", "") in {"float", "float|None", "<class'float'>"}


def floats() -> Iterator[tuple[str, str]]:
    """Every public field and parameter that is a float, but for those that declare their unit."""
    for where, cls in public_classes():
        if dataclasses.is_dataclass(cls) and not issubclass(cls, Parameters):
            yield from ((where, f.name) for f in dataclasses.fields(cls)
                        if is_float(f.type) and not f.name.startswith("_"))
    for where, function in public_functions():
        for one in inspect.signature(function).parameters.values():
            if is_float(one.annotation):
                yield where, one.name


def has_unit(name: str) -> bool:
    bare = name in IN_THE_UNIT_OF_ITS_OWNER | WITHOUT_UNIT
    return bare or any(name == s or name.endswith(f"_{s}") for s in SUFFIXES)


def test_every_public_float_carries_its_unit():
    found = {(where, name) for where, name in floats() if not has_unit(name)}
    assert not found, "\n".join(f"{where}: {name}" for where, name in sorted(found))


def test_every_declared_number_declares_its_unit():
    declared = [cls for _, cls in public_classes() if issubclass(cls, Parameters)]
    assert len(declared) > 5
    missing = [(cls, name) for cls in declared for name, spec in cls.specs().items()
               if isinstance(cls.defaults()[name], float) and not spec.unit]
    assert not missing


def test_the_walk_over_public_floats_sees_them():
    seen = list(floats())
    assert ("memrig.hil.profile.Profile", "v_set_v") in seen
    assert len(seen) > 200


def test_every_error_is_ours_and_the_builtin_that_it_resembles():
    ours = [cls for _, cls in public_classes() if issubclass(cls, BaseException)]
    assert len(ours) > 5
    for cls in ours:
        assert issubclass(cls, MemrigError), cls
        resembled = [one for one in cls.__mro__ if vars(builtins).get(one.__name__) is one
                     and one not in {Exception, BaseException, object}]
        assert resembled or cls in {MemrigError, StoppedError}, cls  # a stop resembles no error


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_every_instrument_names_its_manual(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert re.search(r"^Ref: \S", text, re.MULTILINE), "no 'Ref:' in the docstring"


def test_there_are_instruments_to_look_at():
    assert len(INSTRUMENTS) >= 6


EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
REASONED = re.compile(r"#\s*(noqa:\s*[A-Z0-9, ]+|type:\s*ignore\[[\w, -]+\])\s+#\s*\w")


@pytest.mark.parametrize("name", MODULES)
def test_every_exception_from_a_check_has_its_code_and_reason(name):
    lines = MODULES[name].read_text(encoding="utf-8").splitlines()
    bare = [(number, line.strip()) for number, line in enumerate(lines, 1)
            if EXCEPTION.search(line) and not REASONED.search(line)]
    assert not bare


def test_nothing_energises_but_a_run_and_a_check_which_must_be_armed():
    found = {name for name, path in MODULES.items()
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
             and node.func.attr == "energised"}
    assert found == {"memrig.hil.execution", "memrig.drivers.check", "memrig.drivers.smu_check"}


@pytest.mark.parametrize("name", MODULES)
def test_no_module_exceeds_600_lines(name):
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 600


@pytest.mark.parametrize("name", MODULES)
def test_imports_use_the_installed_name(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    roots = {(node.module or "").split(".")[0] for node in ast.walk(tree)
             if isinstance(node, ast.ImportFrom) and node.level == 0}
    roots |= {alias.name.split(".")[0] for node in ast.walk(tree)
              if isinstance(node, ast.Import) for alias in node.names}
    assert not roots & set(PACKAGES)
