"""Compiles integrators of a model and runs them; numba is loaded when the first one is wanted."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.own_folders import own_folder
from memrig.sim import ahead, kernels, lockstep
from memrig.sim.lanes import Lanes
from memrig.sim.models._law import Floats
from memrig.sim.models._model import Model

if TYPE_CHECKING:
    from memrig.sim.sampled import Grid

LANES = 64
"""Devices side by side: their numbers stay in the processor's nearest memory."""
PORTION = 4_000_000
"""Steps of devices after which a stop is heard: some milliseconds."""


def is_there() -> bool:
    """Whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def cache_folder() -> Path:
    """Where kernels are kept between processes (MEMRIG_CACHE, or the user's own)."""
    return own_folder("MEMRIG_CACHE", "XDG_CACHE_HOME", "~/.cache")


@cache
def module(text: str) -> ModuleType:
    """A module of a text, whose kernels are compiled, or were by an earlier process.

    The text is a file, because numba keeps what it has compiled beside it.
    """
    name = f"memrig_kernel_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    try:
        return _imported(name, _written(cache_folder() / f"{name}.py", text))
    except OSError:  # no folder that can be written to: compiled anew in each process
        with tempfile.TemporaryDirectory() as folder:
            return _imported(name, _written(Path(folder) / f"{name}.py", text))


def functions(
    parts: Sequence[Callable[..., Any] | str], *, contracted: bool = True, **numbers: int | float
) -> ModuleType:
    """Plain functions of numbers and arrays, compiled; they call those before them.

    :param parts: the functions, or their texts.
    :param contracted: whether a product and a sum may be one operation, with other last digits.
    :param numbers: what they read beside their arguments.
    """
    words = "nogil=True, cache=True, error_model='numpy'"
    words += ", fastmath={'contract'}" if contracted else ""
    lines = ["from __future__ import annotations", "import math", "import numba"]
    lines += [f"{name} = {number!r}" for name, number in numbers.items()]
    texts = [part if isinstance(part, str) else inspect.getsource(part) for part in parts]
    return module("\n".join(lines + [f"@numba.njit({words})\n{text}" for text in texts]))


def _written(path: Path, text: str) -> Path:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_suffix(f".{os.getpid()}")
        own.write_text(text, encoding="utf-8")
        own.replace(path)
    return path


def _imported(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made  # where what numba has kept looks for it
    spec.loader.exec_module(made)
    return made


def _source(lanes: Lanes, width: int, *, loaded: bool) -> kernels.Source:
    if lanes.varied and width > 1:
        return _written_for(lanes, width, loaded=loaded)
    return _for_equals(lanes.devices[0], width, loaded=loaded)


@lru_cache(maxsize=64)
def _for_equals(model: Model, width: int, *, loaded: bool) -> kernels.Source:
    """The source for devices of equal parameters; whoever asks for it again has it at once."""
    return _written_for(Lanes(model, {}, 1), width, loaded=loaded)


def _written_for(lanes: Lanes, width: int, *, loaded: bool) -> kernels.Source:
    source = ahead.euler_ahead(lanes.tracer(), lanes.laws()) if loaded and width == 1 else None
    write = kernels.euler_loaded if loaded else kernels.euler
    return source or write(lanes.tracer(), lanes.laws(), width)


class Kernel:
    """Explicit Euler of many devices under one drive, compiled.

    :param lanes: all devices, of which parts are integrated.
    """

    def __init__(self, lanes: Lanes, grid: Grid, ohm: float) -> None:
        """Compile what is needed."""
        self._width = LANES if lanes.count > 1 else 1
        source = _source(lanes, self._width, loaded=bool(ohm))
        self._run: Any = module(source.text).kernel
        self._rows = [np.broadcast_to(one.compute(), lanes.count) for one in source.rows]
        self._scalars = np.array([*(one.value for one in source.scalars), 0.0])
        self._height, self._bounds, self._ohm = source.height, lanes.bounds, ohm
        self._t_s, self._dt_s, self._change = grid.t_s, grid.dt_s, grid.change
        self._u_v = lanes.turned(grid.u_v)

    def euler(
        self, first: int, x0: Floats, wanted_s: Floats, told: lockstep.Told
    ) -> Floats:
        """States at the wanted times, shape (m, n), of the devices from ``first`` on."""
        nodes, count = lockstep.Nodes(self._t_s, wanted_s), x0.size
        groups = -(-count // self._width)
        sheet = self._sheet(first, x0, groups)
        out = np.empty((nodes.kept.size, groups * self._width))
        if 0 in nodes.kept[:1]:
            out[0, :count] = x0
        portion = max(1, PORTION // (groups * self._width))
        for start in range(0, self._dt_s.size, portion):
            stop = min(start + portion, self._dt_s.size)
            place = int(np.searchsorted(nodes.kept, start, side="right"))
            self._run(self._u_v, self._change, self._dt_s, nodes.kept, sheet, self._scalars, out,
                      np.array([0, groups, start, stop, place]), self._ohm)
            told(float(self._t_s[stop] - self._t_s[start]))
        return nodes.between(out[:, :count])

    def _sheet(self, first: int, x0: Floats, groups: int) -> Floats:
        """The numbers of the devices, group after group; the last one is repeated to fill up."""
        last = first + x0.size
        place = np.minimum(np.arange(groups * self._width), x0.size - 1)
        sheet = np.zeros((groups, self._height, self._width))
        shares = [np.ones(x0.size)] * 3  # no voltage is known yet: from the drive's on
        columns = [x0, *(one[first:last] for one in self._bounds), None, None, *shares,
                   *(row[first:last] for row in self._rows)]
        for row, column in enumerate(columns):
            if column is not None:
                sheet[:, row] = column[place].reshape(groups, self._width)
        return sheet.ravel()


def check(engine: str) -> None:
    """Refuse an engine that is unknown or not installed."""
    known = ("auto", "numba", "numpy")
    if engine not in known:
        raise RequestError(f"engine {engine!r} was asked; allowed: {', '.join(known)}")
    if engine == "numba" and not is_there():
        message = "engine numba was asked, which is not installed: pip install 'memrig[fast]'"
        raise RequestError(message)
