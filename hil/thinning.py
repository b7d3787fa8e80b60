"""Long records with fewer points, where fewer say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from memrig.hil.record import Channel, Chunk, Record

POINTS = 2000
"""Points of one part of a record that are left about as they are."""
JUMP_REL = 0.02
"""A change from point to point, of the channel's range, that both points are kept for."""


def thinned(record: Record, points: int = POINTS) -> Record:
    """A record with about ``points`` points per part; edges stay, and so do parts that are read.

    Every so manieth point is kept, not a mean: a mean over an edge is a point that never was.
    """
    chunks = tuple(chunk if record.plan.blocks[chunk.block].windows else _thinned(chunk, points)
                   for chunk in record.chunks)
    return dataclasses.replace(record, chunks=chunks)


def _thinned(chunk: Chunk, points: int) -> Chunk:
    sizes = {channel.data.shape[-1] for channel in chunk.channels}
    if len(sizes) != 1 or max(sizes) <= points:
        return chunk  # channels of unlike sampling have no points in common
    kept = _kept(chunk.channels, points)
    return dataclasses.replace(chunk, channels=tuple(_part(one, kept) for one in chunk.channels))


def _kept(channels: Sequence[Channel], points: int) -> npt.NDArray[np.intp]:
    size = channels[0].data.shape[-1]
    marked = np.zeros(size, dtype=bool)
    marked[::-(-size // points)] = marked[-1] = True
    for channel in channels:
        values = np.atleast_2d(channel.values)
        edge = (np.abs(np.diff(values)) > JUMP_REL * float(np.ptp(values))).any(axis=0)
        if edge.sum() < points:  # else it is noise, and no edge
            marked[:-1] |= edge
            marked[1:] |= edge
    return np.flatnonzero(marked)


def _part(channel: Channel, kept: npt.NDArray[np.intp]) -> Channel:
    status = channel.status[..., kept] if channel.status.size else channel.status
    return dataclasses.replace(channel, data=channel.data[..., kept], t_s=channel.times_s[kept],
                               status=status)
