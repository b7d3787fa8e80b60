"""The report: figures, numbers and conditions of one or several runs in one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import jinja2
from markupsafe import Markup

from memrig.hil.report.canvas import Drawn
from memrig.hil.report.conditions import Table, tables
from memrig.hil.report.figures import figures
from memrig.hil.report.seen import Seen
from memrig.hil.report.summary import Card, cards
from memrig.hil.store import StoredRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One run as the page shows it."""

    run_id: str
    title: str
    protocol: str
    where: str
    started: str
    status: str
    message: str
    simulated: bool
    note: str
    calibration: str
    calibrated: bool
    warnings: tuple[str, ...]
    cards: list[Card]
    figures: list[Drawn]
    tables: list[Table]


def page(runs: Sequence[StoredRun]) -> str:
    """The HTML of a report. What comes from people and files is escaped."""
    # Everything is escaped but the figures, whose text matplotlib has escaped already.
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["svg"] = Markup
    source = files(__package__).joinpath("template.html").read_text(encoding="utf-8")
    sections = [section(Seen(run)) for run in runs]
    return environment.from_string(source).render(
        runs=sections, simulated=all(one.simulated for one in sections),
        some_simulated=any(one.simulated for one in sections),
    )


def section(seen: Seen) -> Section:
    """One run with everything that the page shows of it."""
    run, header = seen.run, seen.header
    return Section(
        run_id=run.run_id, title=seen.protocol.title, protocol=header.protocol,
        where=_where(seen), started=header.started_at[:19].replace("T", " ") + " UTC",
        status=run.status, message=run.message, simulated=header.simulated, note=header.note,
        calibration=seen.calibration_sentence(),
        calibrated=seen.calibration.is_measured or seen.header.bench.is_model,
        warnings=tuple(_warnings(seen)), cards=cards(seen), figures=list(figures(seen)),
        tables=tables(seen),
    )


def _where(seen: Seen) -> str:
    if seen.imported:
        return f"imported from {seen.header.origin.get('file', 'a file')}"
    return f"{seen.header.protocol} on bench {seen.header.bench.name}"


def _warnings(seen: Seen) -> list[str]:
    found = list(seen.warnings)
    if seen.overlay.get("error"):
        found.append(f"no overlay: {seen.overlay['error']}")
    cut = sum(record.cut_short for record in seen.measured.values())
    if cut:
        found.append(f"{cut} of {len(seen.measured)} records were cut short")
    if seen.run.status != "finished":
        found.append(f"the run is not finished: {seen.run.status}")
    return found
