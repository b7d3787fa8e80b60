"""Channels, chunks and conditions as the store's rows hold them, and back."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.hil.errors import StoreError
from memrig.hil.record import Accuracy, Channel
from memrig.hil.stimulus import Stimulus

_PLAIN = re.compile(r"[<>|=]?[iuf][1248]")
"""Types of plain numbers. numpy reads others as small programs."""
ChannelRow = tuple[str, bytes, bytes | None, bytes | None]
"""Signal (JSON), data, times and status of one channel."""


def dumps(value: Any) -> str:
    """Compact JSON; floats read back exactly, numpy's numbers and arrays become plain ones."""
    return json.dumps(value, default=_plain, separators=(",", ":"), ensure_ascii=False)


LONG, RUN = 64, 8
"""Entries of a list from which on it pays to look for equal ones, and how many in a row then."""


def dumps_columns(value: Any) -> str:
    """As ``dumps``, sooner where lists repeat a number: most columns of a result do."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return "{" + ",".join(f"{dumps(key)}:{dumps_columns(one)}"
                              for key, one in value.items()) + "}"
    repeated = _repeated(value) if isinstance(value, list) and len(value) >= LONG else None
    return dumps(value) if repeated is None else repeated


def _repeated(values: list[Any]) -> str | None:
    """Floats or integers as JSON, equal neighbours written out once; None where few are."""
    kinds = set(map(type, values))
    found = np.array(values) if kinds in ({float}, {int}) else np.empty(0)
    if found.dtype.kind not in "if" or not found.size:
        return None
    bits = found.view(np.int64)  # by them zeros of both signs differ, and NaN is itself
    starts = np.flatnonzero(np.diff(bits, prepend=~bits[0]))
    if starts.size * RUN > found.size:
        return None
    counts = np.diff(starts, append=found.size).tolist()
    texts = (dumps(values[start]) for start in starts.tolist())
    return "[" + ",".join(",".join([text] * count)
                          for text, count in zip(texts, counts, strict=True)) + "]"


def finite(value: Any) -> Any:
    """The value for readers of strict JSON: None in place of what is not finite."""
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise StoreError(f"a {type(value).__name__} cannot be stored as JSON: {value!r:.80}")


def sha256(text: str) -> str:
    """Hash of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def stimulus_sha256(stimulus: Stimulus) -> str:
    """Hash of a stimulus' content; what a replay compares."""
    return sha256(dumps(stimulus.to_json()))


def clean(text: str) -> str:
    r"""The text with what UTF-8 cannot hold written out, e.g. ``\\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def pack(channel: Channel) -> ChannelRow:
    """One channel as a row: what many share as JSON, its points as the instrument gave them.

    Of some repeats row by row; where all of them are one and the same array, that one.
    """
    data = _little(np.asarray(channel.data))
    signal = _signal(
        channel.probe, data.dtype.str, channel.scale, channel.offset, channel.t0_s, channel.dt_s,
        channel.range_name, channel.accuracy)
    return signal, _once(data).tobytes(), _optional(channel.t_s, "<f8"), \
        _optional(_once(channel.status), "<u2")


@lru_cache(maxsize=256)
def _signal(
    probe: str, dtype: str, scale: float, offset: float, t0_s: float, dt_s: float,
    range_name: str, accuracy: Accuracy,
) -> str:
    return dumps({
        "probe": probe, "dtype": dtype, "scale": scale, "offset": offset, "t0_s": t0_s,
        "dt_s": dt_s, "range_name": range_name, "accuracy": dataclasses.asdict(accuracy),
    })


def _once(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What a view repeats, once."""
    return data[0] if data.ndim == 2 and data.strides[0] == 0 else data


def _little(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if data.ndim not in {1, 2} or data.dtype.kind not in "iuf":
        message = (
            f"a channel of type {data.dtype} and shape {data.shape} cannot be stored; "
            "integers or floats of shape (n,) or (repeats, n) can"
        )
        raise StoreError(message)
    return data.astype(data.dtype.newbyteorder("<"), copy=False)


def _optional(values: npt.NDArray[Any], dtype: str) -> bytes | None:
    return np.asarray(values, dtype=dtype).tobytes() if values.size else None


def unpack(row: ChannelRow, count: int = 1, points: int = 0) -> Channel:
    """The channel that ``pack`` wrote.

    :param count: of repeats; ``points`` of them all, where there are several.
    """
    signal, data, t_s, status = row
    known = json.loads(signal)
    dtype = known.pop("dtype")
    channel = Channel(
        **{**known, "accuracy": Accuracy(**known["accuracy"])},
        data=_rows(array_of(data, dtype), count, points),
        t_s=array_of(t_s or b"", "<f8"),
        status=_rows(array_of(status or b"", "<u2"), count, points),
    )
    n = channel.data.shape[-1]
    if channel.t_s.size not in {0, n} or (
            channel.status.size and channel.status.shape != channel.data.shape):
        message = (f"{channel.t_s.size} times and {channel.status.size} flags of "
                   f"{channel.data.shape} points")
        raise ValueError(message)
    return channel


def array_of(data: bytes, dtype: str) -> npt.NDArray[Any]:
    """Plain numbers; whatever else bytes might be is refused.

    :raises TypeError: for another type, e.g. one that holds objects.
    """
    if not (isinstance(dtype, str) and _PLAIN.fullmatch(dtype) and isinstance(data, bytes)):
        raise TypeError(f"{dtype!r:.40} is no type of plain numbers")
    return np.frombuffer(data, dtype=dtype)


def _rows(data: npt.NDArray[Any], count: int, points: int) -> npt.NDArray[Any]:
    if count == 1 or not data.size:
        return data
    return np.broadcast_to(data.reshape(-1, points // count), (count, points // count))
