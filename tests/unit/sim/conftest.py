"""What all tests of the simulator share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_kept_here(pytestconfig: pytest.Config) -> Iterator[None]:
    """Nothing goes to the folder of who runs the tests; the next run finds what this compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMRIG_CACHE", str(pytestconfig.cache.mkdir("kernels")))
        yield
