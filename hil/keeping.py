"""What of a run's records stays in memory: all of an ordinary run, the latest part of a long one.

What has gone is in the run's store, from where it comes back when somebody asks for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, NoReturn, Protocol, overload

import numpy.typing as npt

from memrig.hil.errors import RequestError
from memrig.hil.record import Chunk, Elsewhere, Head, Record

KEPT_BYTES: Final = 32 * 2**20
"""What the chunks of a run may take, about. A run of a thousand pulses, or a sweep of a million
points, fits in; ten of them side by side are no burden for a small computer."""
CHUNK_BYTES, CHANNEL_BYTES = 400, 600
"""What stands around the numbers of a chunk and of each of its channels, about."""


class Stored(Protocol):
    """The chunks of one stimulus as a store has them."""

    def __getitem__(self, number: int) -> Chunk:
        """One of them; raises StoreError when the store does not have it any more."""

    def heads(self, count: int) -> Iterable[Head]:
        """Of the first ones; raises StoreError likewise."""


class KeptChunks(Elsewhere):
    """The chunks of one stimulus: those that came last in memory, what came before in a store.

    They come in one thread; any may read them.

    :ivar gone: how many are in the store only.
    """

    def __init__(self, stored: Stored) -> None:
        self._stored, self._lock = stored, threading.Lock()
        self._held: deque[Chunk] = deque()
        self.gone = 0

    def append(self, chunk: Chunk) -> None:
        """The next one."""
        self._held.append(chunk)

    def let_go(self) -> None:
        """Forget the oldest one that is in memory; the store must have it."""
        with self._lock:
            self._held.popleft()
            self.gone += 1

    @property
    def held(self) -> tuple[Chunk, ...]:
        """Those in memory."""
        with self._lock:
            return tuple(self._held)

    def heads(self) -> Iterator[Head | Chunk]:
        """Of every chunk."""
        with self._lock:
            gone, held = self.gone, tuple(self._held)
        if gone:
            yield from self._stored.heads(gone)
        yield from held

    def __len__(self) -> int:
        with self._lock:
            return self.gone + len(self._held)

    @overload
    def __getitem__(self, key: int) -> Chunk: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Chunk, ...]: ...
    def __getitem__(self, key: int | slice) -> Chunk | tuple[Chunk, ...]:
        if isinstance(key, slice):
            return tuple(self[number] for number in range(*key.indices(len(self))))
        number = range(len(self))[key]
        with self._lock:
            if number >= self.gone:
                return self._held[number - self.gone]
        return self._stored[number]


class Keeping:
    """Decides which chunks of a run stay in memory: the latest ones, so many bytes of them.

    :ivar gone: how many are in the store only.
    """

    def __init__(self) -> None:
        self.gone = 0
        self._held: deque[tuple[KeptChunks, int]] = deque()
        self._bytes = 0

    def take(self, chunks: KeptChunks | list[Chunk], chunk: Chunk) -> None:
        """The next chunk, in the order in which the store gets them; those of a list stay."""
        chunks.append(chunk)
        if isinstance(chunks, KeptChunks):
            size = size_of(chunk)
            self._held.append((chunks, size))
            self._bytes += size

    def settle(self, waiting: int = 0) -> None:
        """Let go of the oldest ones where there are too many.

        :param waiting: how many of the latest ones are not in the store yet.
        """
        while self._bytes > KEPT_BYTES and len(self._held) > waiting:
            chunks, size = self._held.popleft()
            chunks.let_go()
            self.gone += 1
            self._bytes -= size

    def kept(self, record: Record, stored: Stored) -> Record:
        """A record that was written as a whole, some of whose chunks may go."""
        chunks = KeptChunks(stored)
        for chunk in record.chunks:
            self.take(chunks, chunk)
        self.settle()
        kept = replace(record, chunks=chunks)
        if chunks.gone:
            kept.have(record.readings)
        return kept


def held_of(record: Record, store: str) -> Record:
    """What of a record is in memory; if that is not all, it says where the rest is."""
    chunks = record.chunks
    if not (isinstance(chunks, KeptChunks) and chunks.gone):
        return record
    said = f"the {chunks.gone} pieces that came first are in {store}"
    return replace(record, chunks=chunks.held, cut_short=True, notes=(*record.notes, said))


def size_of(chunk: Chunk) -> int:
    """Memory that a chunk takes, about, bytes."""
    return CHUNK_BYTES + sum(
        CHANNEL_BYTES + sum(map(_own_bytes, (one.data, one.t_s, one.status)))
        for one in chunk.channels)


def _own_bytes(data: npt.NDArray[Any]) -> int:
    """Of a view that repeats a row, that row's."""
    return data[0].nbytes if data.ndim == 2 and not data.strides[0] and data.size else data.nbytes


def without_chunks(record: Record) -> Record:
    """A record of a dry run that keeps its readings alone."""
    bare = replace(record, chunks=NotKept(len(record.chunks)))
    bare.have(record.readings)
    return bare


class NotKept(Elsewhere):
    """Chunks of a dry run that were more than is kept: there are their readings only."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, key: Any) -> NoReturn:
        self._refuse()

    def heads(self) -> NoReturn:
        """None is known any more."""
        self._refuse()

    def __repr__(self) -> str:
        return f"<{self._count} chunks that were not kept>"

    def _refuse(self) -> NoReturn:
        message = (
            "the traces of a dry run's long record were asked for, and its readings alone are kept;"
            " a protocol whose run() looks at traces says so: looks_at_traces = True"
        )
        raise RequestError(message)
