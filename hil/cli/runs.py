"""``memrig runs``: list, show, export, compare, report, script, import, tag and note."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from memrig.hil.cli.experiment import model_choice, pairs, step_of
from memrig.hil.cli.run import alert_line
from memrig.hil.cli.text import listing, number, print_json, table
from memrig.hil.export import SUFFIXES, export
from memrig.hil.guarding import word_of
from memrig.hil.guards import alerts_json
from memrig.hil.importing import import_run, read_table
from memrig.hil.overlay import Overlay
from memrig.hil.store import Store, StoredRun


def runs(arguments: Namespace) -> int:
    """Do what ``arguments.action`` says."""
    actions = {"list": _list, "show": _show, "export": _export, "compare": _compare,
               "report": _report, "script": _script, "import": _import, "tag": _tag, "note": _note}
    with Store.open(arguments.store) as store:
        actions[arguments.action](store, arguments)
    return 0


def _list(store: Store, arguments: Namespace) -> None:
    found = store.runs()
    if arguments.json:
        print_json([vars_of(one) for one in found])
        return
    if not found:
        print(f"{arguments.store} holds no runs")
        return
    rows = [(one.run_id, one.started_at, one.protocol, one.bench + simulated_mark(one.simulated),
             one.device, one.status, str(one.points), " ".join(one.tags),
             " · ".join(filter(None, (one.note, *one.annotations)))) for one in found]
    print(table(rows, ("run", "started", "protocol", "bench", "device", "status", "points", "tags",
                       "note")))


def simulated_mark(simulated: bool) -> str:  # noqa: FBT001  # the one property that matters here
    """What every line about a simulated run carries."""
    return " SIMULATED" if simulated else ""


def vars_of(summary: object) -> dict[str, object]:
    """Fields of a slotted dataclass."""
    import dataclasses  # noqa: PLC0415  # one use

    return dataclasses.asdict(summary)  # type: ignore[call-overload, no-any-return]  # a dataclass


def _show(store: Store, arguments: Namespace) -> None:
    run = store.load(arguments.run)
    data = {**run.header.to_json(), "run": run.run_id, "status": run.status,
            "tags": list(run.tags), "message": run.message,
            "annotations": [f"{at}: {text}" for at, text in run.annotations],
            "alerts": alerts_json(run.alerts, run.header.guards),
            "result": run.result, "overlay": run.overlay}
    word = word_of(run.header.bench.settings)
    if arguments.json:
        print_json({**data, "guardian": str(word) if word else None})
        return
    mark = simulated_mark(run.header.simulated)
    print(f"run {run.run_id}: {run.header.protocol} on bench {run.header.bench.name}{mark}, "
          f"{run.status} {run.message}".rstrip())
    if word:
        print(word)
    for alert in run.alerts:
        print(alert_line(alert))
    print(listing({k: v for k, v in data.items()
                   if k not in {"run", "status", "message", "protocol"} and v not in ("", [])}))
    for title, values in (("parameters", run.header.parameters),
                          ("guards", run.header.guards),
                          ("result", (run.result or {}).get("values", {})),
                          ("overlay", run.overlay or {})):
        if values:
            print(f"{title}:", listing(values), sep="\n")


def _export(store: Store, arguments: Namespace) -> None:
    run = store.load(arguments.run)
    path = Path(arguments.out or f"memrig-{run.run_id}{SUFFIXES[arguments.format]}")
    _say(arguments, export=str(export(run, path, arguments.format)))


def _report(store: Store, arguments: Namespace) -> None:
    run = store.load(arguments.run)
    _say(arguments, report=str(_write_report(run, arguments.out)))


def _write_report(run: StoredRun, out: str) -> Path:
    from memrig.hil.report import write  # noqa: PLC0415  # only for reports

    path = Path(out or f"memrig-{run.run_id}.html")
    write(run, path)
    return path


def _script(store: Store, arguments: Namespace) -> None:
    from memrig.hil.script import Recipe, run_script, title_of  # noqa: PLC0415  # only for this action

    run = store.load(arguments.run)
    text = run_script(Recipe.of_run(run), store.path.resolve(), title_of(run))
    if arguments.json:
        print_json({"run": run.run_id, "script": text})
    else:
        print(text, end="")


def _compare(store: Store, arguments: Namespace) -> None:
    from memrig.hil.recompare import recompare  # noqa: PLC0415  # only for this action

    run = store.load(arguments.run)
    choice = model_choice(arguments.model, pairs(arguments.model_parameters))
    bench = choice.bench(integrator=arguments.integrator or "auto", step_s=step_of(arguments))
    overlay = Overlay(bench=bench, drive=arguments.drive)
    found = recompare(store, run, overlay, keep_state="x0" in choice.parameters)
    report = _write_report(store.load(run.run_id), arguments.out)
    data = {"run": run.run_id, "overlay": found.to_json(), "report": str(report)}
    if arguments.json:
        print_json(data)
        return
    chi2 = "-" if found.chi2_dg is None else f"{found.chi2_dg:.3g}"
    print(f"run {run.run_id} against {found.model}, driven by the {found.drive} voltage: "
          f"nrmse {found.nrmse:.4g}, rmse {number('_a', found.rmse_a)}, worst "
          f"{number('_a', found.max_abs_a)}, reduced chi-squared of conductance steps {chi2}")
    print(f"report: {report}")


def _import(store: Store, arguments: Namespace) -> None:
    curve = read_table(Path(arguments.file), columns=arguments.columns,
                       rate_hz=arguments.rate_hz)
    run_id = import_run(store, curve, note=arguments.note)
    _say(arguments, run=run_id, points=curve.t_s.size)


def _tag(store: Store, arguments: Namespace) -> None:
    run = store.load(arguments.run).run_id
    (store.untag if arguments.remove else store.tag)(run, *arguments.words)
    tags = list(store.load(run).tags)
    _say(arguments, run=run, tags=tags if arguments.json else " ".join(tags) or "none")


def _note(store: Store, arguments: Namespace) -> None:
    run = store.load(arguments.run).run_id
    store.annotate(run, arguments.text)
    _say(arguments, run=run, notes=len(store.load(run).annotations))


def _say(arguments: Namespace, **found: object) -> None:
    if arguments.json:
        print_json(found)
    else:
        print(", ".join(f"{name}: {value}" for name, value in found.items()))
