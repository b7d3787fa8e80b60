"""What tests of the window share."""

from __future__ import annotations

import pytest


class Clock:
    """Time that only the test moves."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()
