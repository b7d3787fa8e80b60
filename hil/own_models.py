"""A user's own models: classes in files that the user names, in no package.

Loading such a file runs it. So that nobody else's file is run, only what the user names is: on the
command line, in a program, or in the environment. Bench files, parameter files and stored runs
know models by their names alone.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import Parameters, unknown

FILES = "MEMRIG_MODELS"
"""Environment variable that names files of models, separated as in PATH. Files that are named
otherwise are added to it, so that processes that are started know them, too."""
HINT = f"one of your own is known when you name its file, with --model FILE.py or {FILES}=FILE.py"
_FILE = re.compile(r"(?P<path>.+\.py)(?::(?P<cls>\w+))?")
_NEEDED = {"name": "name = \"…\"", "native_polarity": "native_polarity = 1 or -1",
           "equations": "equations = \"…\"", "source": "source = \"…\"",
           "sets": "sets with at least one ParameterSet"}

_found: dict[str, dict[str, type[Any]]] = {}
"""Models by the file that they come from; a file is run once."""


def is_file(text: str) -> bool:
    """Whether a text names a file of models rather than a model: ``my_model.py[:Class]``."""
    return _FILE.fullmatch(text) is not None


def admit(text: str) -> str:
    """Run the file that the user has named, and return the name of its model.

    From then on all its models are known by their names.

    :param text: ``my_model.py``, or ``my_model.py:Class`` where it holds several.
    :raises RequestError: when there is no such file, it cannot be run, or it holds no model.
    """
    parts = _FILE.fullmatch(text)
    if parts is None:
        raise RequestError(f"{text!r} names no file of a model (try my_model.py)")
    path, wanted = Path(parts["path"]), parts["cls"]
    found = _models_of(path)
    _remember(path)
    if wanted and wanted not in found:
        raise UnknownNameError(unknown(f"model in {path}", wanted, found))
    if not wanted and len(found) > 1:
        raise RequestError(f"{path} holds {len(found)} models; name one: "
                           + " or ".join(f"{path}:{name}" for name in found))
    cls = found[wanted or next(iter(found))]
    return str(cls.name)


def known(taken: Mapping[str, str]) -> dict[str, str]:
    """Name to ``"module:Class"`` of all models from files that the user has named.

    :param taken: the names that others have.
    :raises RequestError: when a file cannot be run, or a model has the name of another.
    """
    for text in filter(None, os.environ.get(FILES, "").split(os.pathsep)):
        _models_of(Path(text))
    entries: dict[str, str] = {}
    for cls in (cls for classes in _found.values() for cls in classes.values()):
        if cls.name in taken or cls.name in entries:
            message = (
                f"{_file_of(cls)}: {cls.__name__} calls itself {cls.name!r}, which is the name of "
                "another model; give it a name of its own"
            )
            raise RequestError(message)
        entries[cls.name] = f"{cls.__module__}:{cls.__name__}"
    return entries


def refusal(text: str) -> str:
    """Why a file that somebody else names is not run, and what to do instead."""
    return (
        f"{text} is a program, and was not named by you: it was not run. Look at it, then name it "
        f"yourself, with --model {text} or {FILES}={text}, and give its model by its name"
    )


def _remember(path: Path) -> None:
    listed = os.environ.get(FILES, "")
    if str(path.resolve()) not in listed.split(os.pathsep):
        os.environ[FILES] = os.pathsep.join(filter(None, (listed, str(path.resolve()))))


def _models_of(path: Path) -> dict[str, type[Any]]:
    key = str(path.resolve())
    if key not in _found:
        module = _run(path)
        found = {name: thing for name, thing in vars(module).items()
                 if inspect.isclass(thing) and thing.__module__ == module.__name__
                 and issubclass(thing, Parameters) and hasattr(thing, "native_rate_at")
                 and not name.startswith("_")}
        if not found:
            message = (
                f"{path} holds no model: a model is a class of memrig.sim.models.Model, see "
                "docs/how-to/write-a-model.md"
            )
            raise RequestError(message)
        for cls in found.values():
            _check(path, cls)
        _found[key] = found
    return _found[key]


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise RequestError(f"{path} cannot be read: there is no such file")
    short = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"memrig_own_{path.stem}_{short}"
    spec = spec_from_file_location(name, path.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # before it runs: a dataclass looks its module up
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name]
        raise RequestError(f"{path}, line {error.lineno}: {error.msg}") from None
    except Exception as error:  # whatever a user's file may raise
        del sys.modules[name]
        line = _line_in(path, error)
        raise RequestError(f"{path}{line}: {type(error).__name__}: {error}") from error
    return module


def _line_in(path: Path, error: BaseException) -> str:
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path.resolve()):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def _check(path: Path, cls: type[Any]) -> None:
    """A model says what it is, and has its laws."""
    missing = [words for name, words in _NEEDED.items() if not getattr(cls, name, None)]
    if "__dataclass_fields__" not in vars(cls):
        missing.insert(0, "@dataclass(frozen=True, kw_only=True) above it")
    missing += [name for name in dir(cls)
                if getattr(getattr(cls, name, None), "__isabstractmethod__", False)]
    if missing:
        raise RequestError(f"{path}: {cls.__name__} lacks {', '.join(missing)}")


def _file_of(cls: type[Any]) -> str:
    return Path(inspect.getfile(cls)).name
