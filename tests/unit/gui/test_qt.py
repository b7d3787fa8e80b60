"""Qt itself, as far as the windows need it."""

from __future__ import annotations

import pytest


@pytest.mark.usefixtures("qt")
def test_qt_starts_without_a_screen(request):
    application = request.getfixturevalue("qapp")
    assert application.platformName() == "offscreen"
