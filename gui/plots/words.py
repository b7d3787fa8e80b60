"""Words of the controller that stand in figures, in the language of the window."""

from __future__ import annotations

from memrig.gui.sentences import translated
from memrig.hil.report.shots import Shot


def title_of(shot: Shot) -> str:
    """What is seen of a shot: its kind in words; a delay or a voltage after it stays."""
    kind, *rest = shot.title.split(", ")
    return ", ".join([translated(kind), *rest])
