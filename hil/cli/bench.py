"""``memrig bench scan``, ``memrig bench check`` and ``memrig bench template``."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from memrig.hil.bench import Watch
from memrig.hil.bench_file import template
from memrig.hil.cli.signals import stop_signals
from memrig.hil.cli.text import print_json, table
from memrig.hil.errors import RequestError
from memrig.hil.opening import calibration_path, check_with_resistor, is_ready_made
from memrig.hil.scanning import Found, scan
from memrig.hil.units import parse_quantity


def bench(arguments: Namespace) -> int:
    """Do what ``arguments.action`` says."""
    if arguments.action == "template":
        print(template(arguments.kind), end="")
        return 0
    return _scan(arguments) if arguments.action == "scan" else _check(arguments)


def _scan(arguments: Namespace) -> int:
    found = []
    for one in scan(arguments.resources, library=arguments.library):
        found.append(one)
        if not arguments.json:
            print(*_scanned(one), sep="\n", flush=True)
    if arguments.json:
        print_json([dataclasses.asdict(one) for one in found])
    elif not found:
        print("no instrument is listed; name its address, or simulate (memrig twin serve)")
    return 0 if any(one.driver for one in found) else 1


def _scanned(one: Found) -> Iterator[str]:
    yield one.resource
    if one.identity:
        yield f"  {one.identity}"
    if one.driver:
        yield f"  driver {one.driver}, for [instruments.{one.role}]"
    else:
        yield f"  {one.reason}"


def _check(arguments: Namespace) -> int:
    ohm = parse_quantity(arguments.resistor, "ohm")
    tolerance = parse_quantity(arguments.tolerance, "1")
    if is_ready_made(arguments.file):
        message = (
            f"{arguments.file} is a ready-made twin, which is checked whenever it is opened; "
            "give a bench file"
        )
        raise RequestError(message)
    with stop_signals() as stop:
        report = check_with_resistor(arguments.file, resistor_ohm=ohm, u_rel=tolerance / 3**0.5,
                                     armed=arguments.arm, watch=Watch(stop=stop))
    path = calibration_path(Path(arguments.file))
    if report.passed:
        report.calibration.save(path)
    if arguments.json:
        print_json({"passed": report.passed, "calibration": report.calibration.to_json(),
                    "file": str(path) if report.passed else None,
                    "verdicts": list(report.verdicts)})
    else:
        end = f"written to {path}" if report.passed else "NOT PASSED: nothing was written"
        head = ("what", "gain or value", "offset")
        found = report.calibration
        shown = [table(found.rows(), head)] if found.is_measured else []
        print(*shown, *report.verdicts, end, sep="\n")
    return 0 if report.passed else 1
