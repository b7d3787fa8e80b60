"""Random numbers by purpose: whatever is drawn elsewhere, the same purpose gets the same numbers.

Every stream is a counter-based generator (Philox) whose key is made of a seed and names. Numbers
of a device stand at the device's own place of a stream, so that they hang neither on how many
devices there are nor on who draws them.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
WORDS = 4
"""What one count of the generator gives; the place of one device."""
SMALLEST = 2.0**-54
"""In the place of 0, whose logarithm is not finite."""


def _philox(names: tuple[object, ...], counter: int = 0) -> np.random.Philox:
    text = "/".join(map(str, names)).encode()
    key = int.from_bytes(hashlib.sha256(text).digest()[:16], "little")
    return np.random.Philox(key=key, counter=counter)


def stream(*names: object) -> np.random.Generator:
    """Random numbers for one purpose.

    :param names: a seed and words, e.g. ``stream(7, "dut", "read noise")``.
    """
    return np.random.Generator(_philox(names))


def _places(names: tuple[object, ...], count: int, first: int) -> Floats:
    """Even numbers above 0 and below 1 of each device, shape (count, WORDS)."""
    raw = _philox(names, first).random_raw(WORDS * count).reshape(count, WORDS)
    even: Floats = np.maximum((raw >> np.uint64(11)) * 2.0**-53, SMALLEST)
    return even


def uniforms(*names: object, count: int, first: int = 0) -> Floats:
    """One evenly spread number of each device, above 0 and below 1, shape (count,).

    :param first: number of the first device.
    """
    return np.asarray(_places(names, count, first)[:, 0])


def normals(*names: object, count: int, first: int = 0) -> Floats:
    """One normal number of each device, shape (count,); see ``uniforms``."""
    even = _places(names, count, first)
    return np.asarray(np.sqrt(-2.0 * np.log(even[:, 0])) * np.cos(2.0 * math.pi * even[:, 1]))
