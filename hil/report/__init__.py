"""Runs as pictures: one self-contained page for people, single figures as SVG.

Nothing heavy is imported before something is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from memrig.hil.errors import StoreError
from memrig.hil.profile import Profile
from memrig.hil.rehearsal import Rehearsal
from memrig.hil.store import StoredRun
from memrig.hil.store.schema import understood

__all__ = ["overlay_svg", "plan_svg", "write", "write_many"]


def write(run: StoredRun, path: str | Path) -> Path:
    """Write the report of one run as one HTML file that needs nothing else; returns its path.

    :raises StoreError: when the file cannot be written.
    """
    return write_many([run], path)


def write_many(runs: Sequence[StoredRun], path: str | Path) -> Path:
    """Write the report of several runs as one HTML file, with a list of them at its top.

    Equal runs give equal bytes.

    :raises StoreError: when the file cannot be written.
    """
    from memrig.hil.report.page import page  # noqa: PLC0415  # drawing libraries, only to draw

    with understood(runs[0].path if runs else Path()):
        path, text = Path(path), page(runs)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"the report {path} cannot be written: {error.strerror}"
        raise StoreError(message) from None
    return path


def overlay_svg(run: StoredRun) -> str:
    """The run's main figure as SVG: measured dots, the model's line, the residual below."""
    from memrig.hil.report.figures import main_figure  # noqa: PLC0415  # as above
    from memrig.hil.report.seen import Seen  # noqa: PLC0415  # as above

    with understood(run.path):
        return main_figure(Seen(run)).svg


def plan_svg(rehearsal: Rehearsal, profile: Profile) -> str:
    """The stimuli of a dry run as SVG: what the sources would play, and the profile's limits."""
    from memrig.hil.report.stimulus import plan_figure  # noqa: PLC0415  # as above

    return plan_figure(rehearsal, profile).svg
