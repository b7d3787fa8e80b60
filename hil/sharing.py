"""Work shared among processes or machines: parts are sent out, their results come back in order.

A part is the same whoever does it and however many there are; so are the results, bit by bit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, Protocol, TypeVar

from memrig.hil.errors import MemrigError, RequestError

T = TypeVar("T")
P = TypeVar("P")
LISTEN_S = 0.02
"""How often a result is looked for; a stop is heard at once."""
CONNECT_S = 5.0
KILLED = 10
"""How many workers may die under one part before it counts as what kills them."""


class Promise(Protocol):
    """What a pool gives for a part."""

    def result(self) -> Any:
        """What was found, or what was raised."""

    def done(self) -> bool:
        """Whether it is there, or never will be."""

    def cancel(self) -> Any:
        """It is not wanted any more."""


Submit = Callable[[Callable[[Any], Any], Any], Promise]
"""Hands out a function and its part: ``submit`` of an executor, or ``of_cluster(client)``."""
Progress = Callable[[float], None]


def shared(
    function: Callable[[P], T], parts: Sequence[P], *, submit: Submit | None = None,
    progress: Progress | None = None, stop: threading.Event | None = None,
) -> list[T]:
    """The results of all parts in their order; of the first ones only after a stop.

    :param submit: who does it; this thread by default.
    :param progress: told the share that is done.
    :raises MemrigError: what a part raised; RequestError when those who do it are gone.
    """
    stop = stop or threading.Event()
    promises = [] if submit is None else [submit(function, part) for part in parts]
    found: list[T] = []
    try:
        for number, part in enumerate(parts):
            if stop.is_set() or (promises and not _waited(promises[number], stop)):
                break
            found.append(promises[number].result() if promises else function(part))
            if progress is not None:
                progress((number + 1) / len(parts))
    except MemrigError:
        raise
    except Exception as error:
        if submit is None:
            raise
        message = f"the work was lost with those who did it: {type(error).__name__}: {error}"
        raise RequestError(message) from error
    finally:
        for promise in promises[len(found):]:
            promise.cancel()
    return found


def _waited(promise: Promise, stop: threading.Event) -> bool:
    """Whether the result is there, as opposed to a stop."""
    while not promise.done():
        if stop.wait(LISTEN_S):
            return False
    return True


def of_cluster(client: Any) -> Submit:
    """Work on a ``dask.distributed`` cluster; what a worker had that died is done by another."""
    return partial(_submitted, client)


def _submitted(client: Any, function: Callable[[Any], Any], part: Any) -> Promise:
    promise: Promise = client.submit(function, part, pure=False, retries=KILLED)
    return promise


@contextmanager
def cluster(address: str) -> Iterator[Submit]:
    """A cluster by its scheduler's address, e.g. ``tcp://192.168.1.7:8786``.

    :raises RequestError: when the package is missing, or nobody answers there.
    """
    try:
        distributed = import_module("distributed")
    except ImportError:
        message = ("to use a cluster, the package distributed is needed: install it with "
                   "pip install 'memrig[cluster]'")
        raise RequestError(message) from None
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise RequestError(f"no cluster answers at {address}: {error}") from None
    with client:
        yield of_cluster(client)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def processes(count: int) -> Iterator[Submit | None]:
    """Processes of this machine; this thread itself where one is enough."""
    if count <= 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # only where many are asked
    from multiprocessing import get_context  # noqa: PLC0415  # as above

    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield pool.submit
