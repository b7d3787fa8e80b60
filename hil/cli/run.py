"""``memrig run``, ``preview``, ``read`` and ``pulse``."""

from __future__ import annotations

import dataclasses
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from memrig.hil.advice import Advice, advice
from memrig.hil.cli.asking import terminal
from memrig.hil.cli.experiment import opened, pairs
from memrig.hil.cli.main import GUARDED, STOPPED
from memrig.hil.cli.signals import stop_signals
from memrig.hil.cli.text import Progress, counted, listing, number, print_json, table
from memrig.hil.events import Event, Observer, PlanReady
from memrig.hil.execution import execute, model_for, profile_for
from memrig.hil.guards import Alert, Guards
from memrig.hil.profile import Profile
from memrig.hil.protocol import Protocol
from memrig.hil.realised import Notes, notes
from memrig.hil.rehearsal import Rehearsal, Step, expected, rehearse, telling
from memrig.hil.run import Run
from memrig.hil.seeds import drawn_seed
from memrig.hil.stopping import stoppable
from memrig.hil.store import Store, tag_of
from memrig.hil.units import format_quantity


def run(arguments: Namespace) -> int:
    """Apply a protocol, print what it found."""
    return _run(arguments.protocol, arguments)


def read(arguments: Namespace) -> int:
    """Is there contact, what is the conductance."""
    return _run("read", arguments)


def pulse(arguments: Namespace) -> int:
    """One pulse."""
    return _run("pulse", arguments)


def _run(name: str, arguments: Namespace) -> int:
    if arguments.nonidealities:
        arguments.seed = drawn_seed(arguments.seed)  # other noise, another device in every run
    guards = Guards.from_text(pairs(arguments.guards, "conductance=ask"))
    with opened(name, arguments, arguments.drive) as experiment:
        info = experiment.bench.describe()
        with Store.open(arguments.store) as store, stop_signals() as stop, \
                stoppable(stop, info.name), \
                Progress() as progress:
            done = execute(
                experiment.protocol, experiment.bench, profile=experiment.profile,
                overlay=experiment.overlay, store=store, stop=stop, armed=arguments.arm,
                observer=_shown(experiment.protocol, progress),
                seed=arguments.seed, note=arguments.note, preset=experiment.preset,
                tags=[tag_of(word) for word in arguments.tags], guards=guards, ask=terminal(),
            )
    if arguments.json:
        print_json(done.to_json())
    else:
        print(summary(done))
    if done.stopped_by:
        return GUARDED
    return 0 if done.status == "finished" else STOPPED


def _shown(protocol: Protocol, progress: Progress) -> Observer:
    """Shows what a real device is about to get, before it gets it."""

    def observe(event: Event) -> None:
        if isinstance(event, PlanReady) and event.info.needs_arming:
            progress.rehearsed()
            print(_preview_text(protocol, event.rehearsal, event.profile), file=sys.stderr)
        progress(event)

    return observe


def summary(done: Run) -> str:
    """What a run found, for people, with its conditions."""
    simulated = "SIMULATED " if done.info.simulated else ""
    lines = [
        f"run {done.id}: {done.protocol.title} on {simulated}bench {done.info.name}, "
        f"{done.status}{': ' + done.message if done.message else ''}",
        f"  {done.info.calibration_sentence(done.started_at)}; seed {done.seed}; "
        f"{done.points} points, {format_quantity(done.duration_s, 's')} on the bench's clock",
        listing(done.result.values), *(f"  note: {w}" for w in done.result.warnings),
        *_integration(done), *_overlay(done),
        *(alert_line(one) for one in done.alerts if one.guard != done.stopped_by),
    ]
    return "\n".join(line for line in lines if line)


def alert_line(alert: Alert) -> str:
    """What a guard has seen, and how often."""
    answer = f"; asked: {alert.answer}" if alert.answer else ""
    return f"  {alert}; {counted(alert.points, 'point', 'points')} flagged{answer}"


def _integration(done: Run) -> Iterator[str]:
    settings = done.info.settings
    if "integrator" in settings:
        step = settings.get("step_s")
        used = format_quantity(step, "s") if step else "chosen by its error"
        yield f"  integrator {settings['integrator']}, step {used}" + (
            f", estimated error {settings['error_rel']:.2g} of the excursion"
            if settings.get("error_rel") is not None else "")
        if settings.get("advice"):
            yield f"  {settings['advice']}"
    if beyond := settings.get("nonidealities"):
        yield "  the device, beyond its model: " + ", ".join(
            f"{name} {number(name, value)}" for name, value in beyond.items())


def _overlay(done: Run) -> Iterator[str]:
    if done.overlay_error:
        yield f"  no overlay: {done.overlay_error}"
    if done.comparison is None:
        return
    c = done.comparison
    chi2 = "" if c.chi2_dg is None else (
        f", reduced chi-squared of conductance steps {c.chi2_dg:.3g}")
    yield (f"  overlay {c.model}, driven by the {c.drive} voltage: nrmse {c.nrmse:.3g}, rmse "
           f"{format_quantity(c.rmse_a, 'A')}, worst {format_quantity(c.max_abs_a, 'A')}{chi2}")


def preview(arguments: Namespace) -> int:
    """The dry run: every plan, its worst case against the limits, how long; touches nothing."""
    with opened(arguments.protocol, arguments, plan_only=True) as experiment:
        model = model_for(experiment.bench, experiment.overlay, experiment.profile)
        profile = profile_for(experiment.bench, model, experiment.profile)
        seed = arguments.seed or 0
        stimuli = expected(experiment.protocol, experiment.bench, profile, seed=seed)
        with Progress() as progress:
            found = rehearse(experiment.protocol, experiment.bench, model, profile, seed=seed,
                             pause=telling(progress, stimuli))
        said = notes(experiment.protocol, found, profile, experiment.bench)
        warned = advice(experiment.protocol, found, profile, experiment.bench)
    if arguments.svg:
        from memrig.hil.report import plan_svg  # noqa: PLC0415  # only when a picture is wanted

        Path(arguments.svg).write_text(plan_svg(found, profile), encoding="utf-8")
    if arguments.json:
        print_json({**_preview_json(experiment.protocol, found, profile),
                    "realised": {name: [str(one) for one in all_] for name, all_ in said.items()},
                    "warnings": [{"parameter": one.parameter, "text": str(one.sentence)}
                                 for one in warned]})
    else:
        print("\n".join([_preview_text(experiment.protocol, found, profile),
                         *_beside(said, warned)]))
    return 0


def _preview_json(protocol: Protocol, found: Rehearsal, profile: Profile) -> dict[str, object]:
    return {
        "protocol": protocol.name, "profile": profile.to_json(), "pulses": found.pulses,
        "duration_s": found.duration_s,
        "steps": [
            {"role": str(s.stimulus.role), "labels": dict(s.stimulus.labels),
             "repeat": s.plan.repeat, "duration_s": s.plan.duration_s,
             "v_high_v": s.worst.v_high_v, "v_low_v": s.worst.v_low_v, "i_a": s.worst.i_a,
             "energy_j": s.worst.energy_j,
             "worst": dataclasses.asdict(s.worst), "plan_sha256": s.plan.sha256,
             "adjustments": [str(a) for a in s.plan.adjustments]}
            for s in found.steps
        ],
    }


def _preview_text(protocol: Protocol, found: Rehearsal, profile: Profile) -> str:
    rows = [_step_row(k, step) for k, step in enumerate(found.steps)]
    head = ("#", "role", "labels", "repeat", "duration", "highest", "lowest", "current",
            "device, model")
    limits = (f"limits of profile {profile.name}: {number('v', profile.v_min_v)} to "
              f"{number('v', profile.v_max_v)}, {number('a', profile.i_max_a)}")
    adjusted = sorted({str(a) for step in found.steps for a in step.plan.adjustments})
    return "\n".join([
        f"{protocol.title}: {counted(len(rows), 'stimulus', 'stimuli')}, "
        f"{counted(found.pulses, 'pulse', 'pulses')}, "
        f"{format_quantity(found.duration_s, 's')}; worst cases at the device; nothing was sent",
        limits, _rests_on(profile), table(rows, head), *_sums(found), *adjusted,
    ])


def _rests_on(profile: Profile) -> str:
    """What the worst cases of the current are reckoned with."""
    grows = (f", its current growing as sinh(v/{number('v', profile.sinh_v)})"
             if profile.sinh_v else "")
    return (f"currents: with a device of at least {number('ohm', profile.r_min_ohm)}{grows}, as "
            "the profile says")


def _sums(found: Rehearsal) -> Iterator[str]:
    """What the whole run puts on the device, steady and transient."""
    steady_a, transient_a, transient_c = (
        max((getattr(step.worst, name) for step in found.steps), default=0.0)
        for name in ("i_a", "transient_a", "transient_c"))
    yield f"steady: at most {number('a', steady_a)}; {number('j', found.energy_j)} in the whole run"
    if transient_c:
        yield (f"transient, while the device switches: at most {number('a', transient_a)} "
               f"and {number('c', transient_c)} in one repeat")


def _beside(said: Notes, warned: Sequence[Advice]) -> Iterator[str]:
    """What the bench will really do with each parameter, and what is warned of."""
    width = max(map(len, said), default=0)
    for name, sentences in said.items():
        yield f"{name.ljust(width)}  {'; '.join(map(str, sentences))}"
    for one in warned:
        yield f"warning: {one.parameter}{': ' if one.parameter else ''}{one.sentence}"


def _step_row(index: int, step: Step) -> tuple[str, ...]:
    labels = ", ".join(f"{k} {number(k, v)}" for k, v in step.stimulus.labels.items()
                       if k != "phase")
    return (str(index), str(step.stimulus.role), labels, str(step.plan.repeat),
            number("s", step.plan.duration_s), number("v", step.worst.v_high_v),
            number("v", step.worst.v_low_v), number("a", step.worst.i_a), _predicted(step))


def _predicted(step: Step) -> str:
    """Extremes of the device's voltage as the model predicts them for the first repeat."""
    traces = [step.record.trace(*place) for place in step.record.blocks() if place[0] == 0]
    values = [v for t in traces for v in (t.v_dut_v.min(), t.v_dut_v.max())]
    if not values:
        return "-"
    return f"{number('v', float(min(values)))} to {number('v', float(max(values)))}"
