"""Reads the command line, runs one command, turns errors into one sentence and an exit code.

Only argparse is imported here: ``memrig --help`` must be as quick as importing numpy. A command's
module is imported when it is chosen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from memrig.hil.cli import options
from memrig.hil.errors import (
    BenchError,
    InfeasibleError,
    LimitError,
    MemrigError,
    ProfileError,
    RequestError,
    StoppedError,
)

EXIT_CODES = """\
exit codes:
  0  done
  1  an error that is none of the following
  2  the request makes no sense (a name, value or unit)
  3  refused: a limit, the profile or what the bench can do; nothing was sent
  4  an instrument failed or cannot be reached; the outputs are off
  5  the outputs may still be on
  6  stopped by a guard; the outputs are off, the data are kept
  130  stopped on request; the data are kept"""

FAILED, NONSENSE, REFUSED, BROKEN, STILL_ON, GUARDED, STOPPED = 1, 2, 3, 4, 5, 6, 130

AT_A_BENCH = {"run", "read", "pulse", "bench", "stop"}
"""Commands of somebody who stands at a bench: they say what its guardian has had to do. The window
says it itself."""

Adder = Callable[[argparse.ArgumentParser], None]

COMMANDS: tuple[tuple[str, str, str, Adder], ...] = (
    ("demo", "everything without hardware: twin and model, three protocols, one report",
     "demo:demo", options.demo),
    ("run", "apply a protocol to a bench", "run:run", options.run),
    ("preview", "the dry run: what would be sent, and what the model answers; touches nothing",
     "run:preview", options.preview),
    ("read", "is there contact, what is the conductance", "run:read", options.daily),
    ("pulse", "one pulse", "run:pulse", options.daily),
    ("protocols", "what experiments there are, with parameters and presets",
     "catalogue:protocols", options.named),
    ("models", "what models there are, with equations, parameters and published sets",
     "catalogue:models", options.models),
    ("nonidealities", "what a simulated device may do beyond its model: variation, noise, drift",
     "catalogue:nonidealities", options.nonidealities),
    ("drivers", "what instruments there are drivers for", "catalogue:drivers", options.named),
    ("bench", "find instruments, write a bench file, calibrate a bench and verify its wiring",
     "bench:bench", options.bench),
    ("twin", "simulated instruments on loopback", "twin:twin", options.twin),
    ("fit", "fit a model to a run; writes a parameter file with uncertainty", "fit:fit",
     options.fit),
    ("sweep", "one experiment on many simulated devices; bands over them", "sweep:sweep",
     options.sweep),
    ("export-model", "write a model for a circuit simulator", "export_model:export_model",
     options.export_model),
    ("gui", "the bench window", "gui:gui", options.gui),
    ("stop", "stop the run on this machine's bench", "stop:stop", options.stop),
    ("runs", "list, show, export, compare, report, script, import, tag and annotate runs",
     "runs:runs", options.runs),
)


def parser() -> argparse.ArgumentParser:
    """The whole command line, without importing any command."""
    top = argparse.ArgumentParser(
        prog="memrig", epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Applies protocols to a memristor on a bench or to its model, "
                    "and draws both in one figure.",
    )
    top.add_argument("--version", action=_Version)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text, target, add in COMMANDS:
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        one.set_defaults(target=target)
        add(one)
    return top


class _Version(argparse.Action):
    """Prints the version; looked up only when asked, since that takes a while."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415  # slow, and only needed here

        print(f"memrig {version('memrig')}")
        parser.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (see ``EXIT_CODES``)."""
    arguments = parser().parse_args(argv)
    module, _, function = arguments.target.partition(":")
    if arguments.command in AT_A_BENCH:
        _tell_of_guardians()
    try:
        command = getattr(import_module(f"memrig.hil.cli.{module}"), function)
        code = int(command(arguments) or 0)
        sys.stdout.flush()  # while a reader that has gone is still caught below
        return code
    except MemrigError as error:
        print(f"memrig: {error}", file=sys.stderr)
        return exit_code(error)
    except BrokenPipeError:
        # The reader of our output has seen enough; nor shall the interpreter's end complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(f"memrig: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("memrig: interrupted", file=sys.stderr)
        return STOPPED


def _tell_of_guardians() -> None:
    """Say, once, that outputs were switched off after a controller's end."""
    from memrig.hil.guarding import untold  # noqa: PLC0415  # quick start of all other commands

    for word in untold():
        print(f"memrig: {word}", file=sys.stderr)


def exit_code(error: MemrigError) -> int:
    """The exit code of an error, by the first class that fits."""
    if isinstance(error, BenchError) and "STILL BE ON" in str(error):
        return STILL_ON
    classes: tuple[tuple[type[MemrigError], int], ...] = (
        (InfeasibleError, REFUSED), (LimitError, REFUSED), (ProfileError, REFUSED),
        (RequestError, NONSENSE), (BenchError, BROKEN), (StoppedError, STOPPED),
    )
    return next((code for cls, code in classes if isinstance(error, cls)), FAILED)
