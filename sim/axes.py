"""What differs between the devices of a sweep: ``a_p_hz=2k,4k``, ``v_p_v=0.1:0.3:5``, ``a1=5%``.

Lists and ranges are axes: every value of one is combined with every value of the others. A spread,
written with a percent sign, is drawn anew for every device.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import unknown
from memrig.hil.units import parse_quantity
from memrig.sim.models._model import Model

Floats = npt.NDArray[np.float64]
STATE = "x0"
DEVICES_MAX = 1_000_000


@dataclass(frozen=True, eq=False)
class Grid:
    """Every combination of the values of some axes, each for a number of devices.

    :param columns: values by parameter, ``x0`` among them, shape (n,) each.
    :param spreads: what is drawn for every device, e.g. ``"a1=5%"``.
    """

    count: int
    columns: Mapping[str, Floats]
    spreads: tuple[str, ...]


def grid(model: Model, texts: Sequence[str], each: int) -> Grid:
    """Read what differs; devices of one combination are neighbours.

    :param each: devices of every combination.
    :raises RequestError: for a text that is none of the forms, or too many devices.
    """
    axes: dict[str, Floats] = {}
    spreads = []
    for text in texts:
        name, equals, values = text.partition("=")
        if not (equals and name.strip() and values.strip()):
            raise RequestError(_form(text))
        if "%" in values:
            spreads.append(text.strip())
        else:
            axes[name.strip()] = _axis(model, name.strip(), values)
    count = each * math.prod(axis.size for axis in axes.values())
    if not 1 <= count <= DEVICES_MAX:
        message = f"{count} devices were asked; allowed: 1 to {DEVICES_MAX}"
        raise RequestError(message)
    meshed = np.meshgrid(*axes.values(), indexing="ij")
    columns = {name: np.repeat(values.ravel(), each)
               for name, values in zip(axes, meshed, strict=True)}
    return Grid(count, columns, tuple(spreads))


def _axis(model: Model, name: str, text: str) -> Floats:
    specs = model.specs()
    if name not in specs and name != STATE:
        raise UnknownNameError(unknown(f"parameter of {model.name}", name, [*specs, STATE]))
    if name != STATE and model.kind(name) is not float:
        raise RequestError(f"{model.name}, {name}: it cannot differ between devices; only numbers "
                           "can")
    unit = "1" if name == STATE else specs[name].unit or "1"
    if ":" not in text:
        return np.array([parse_quantity(part.strip(), unit) for part in text.split(",")])
    ends, count = text.split(":")[:2], text.split(":")[2:]
    if len(count) != 1 or not count[0].strip().isdecimal() or int(count[0]) < 1:
        raise RequestError(_form(f"{name}={text}"))
    low, high = (parse_quantity(part.strip(), unit) for part in ends)
    return np.linspace(low, high, int(count[0]))


def _form(text: str) -> str:
    return (f"{text!r} does not say what differs (try PARAM=1,2,5 or PARAM=LOW:HIGH:COUNT for an "
            "axis, PARAM=5% for a spread)")
