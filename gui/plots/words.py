"""Words of the controller that stand in figures, in the language of the window."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from memrig.gui.plots.spots import Spot
from memrig.gui.sentences import translated
from memrig.hil.report.shots import Shot
from memrig.hil.status import Status
from memrig.hil.units import shown


def title_of(shot: Shot) -> str:
    """What is seen of a shot: its kind in words; a delay or a voltage after it stays."""
    kind, *rest = shot.title.split(", ")
    return ", ".join([translated(kind), *rest])


def reasons_of(status: Status) -> list[str]:
    """What is known against a point, in words; none for a good one."""
    translate = QCoreApplication.translate
    words = {
        Status.COMPLIANCE: translate("figure", "compliance"),
        Status.CLIPPED: translate("figure", "clipped"),
        Status.OVERRANGE: translate("figure", "overrange"),
        Status.HOLE: translate("figure", "hole"),
        Status.INVALID: translate("figure", "invalid"),
        Status.OUT_OF_BAND: translate("figure", "out of band"),
        Status.TRIGGER_LOST: translate("figure", "trigger lost"),
        Status.LINK_LOST: translate("figure", "link lost"),
    }
    return [word for reason, word in words.items() if status & reason]


def flagged_word(count: int, reasons: Mapping[Status, int]) -> str:
    """The legend's entry for hollow points: how many, and why."""
    said = ", ".join(f"{reasons_of(reason)[0]} {n}" for reason, n in reasons.items())
    known = f"{count}: {said}" if said else str(count)
    return QCoreApplication.translate("figure", "flagged ({0}), not in the residual").format(known)


def words_of(spot: Spot, run: str) -> str:
    """Everything that is known of a measured point, in one line."""
    translate = QCoreApplication.translate
    parts = [shown(spot.v_v, "V", 4), shown(spot.i_a, "A", 4)]
    if spot.g_siemens is not None:
        u = f" ± {shown(spot.u_siemens, 'S', 2)}" if spot.u_siemens else ""
        parts.insert(0, f"G {shown(spot.g_siemens, 'S', 4)}{u}")
    parts.append(f"t {shown(spot.t_s, 's', 5)}")
    if spot.left_a is not None:
        unit = "A" if spot.g_siemens is None else "S"
        parts.append(translate("figure", "residual {0}").format(shown(spot.left_a, unit, 3)))
    parts.append(", ".join(reasons_of(spot.status)) or translate("figure", "not flagged"))
    parts.append(translate("figure", "stimulus {0}, repeat {1}, block {2}, point {3}").format(
        spot.number, *spot.place, spot.index))
    where = (translate("figure", "run {0}, row {1} of its points") if spot.g_siemens is None
             else translate("figure", "run {0}, reading {1}"))
    if run:
        parts.append(where.format(run, spot.row))
    return " · ".join(parts)
