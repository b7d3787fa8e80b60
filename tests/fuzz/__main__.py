"""Looks for bytes that memrig cannot take, guided by the lines that they reach: ``make fuzz``.

``python -m tests.fuzz [TARGET ...] [--minutes M]``; each target is a process of its own, for so
long. What it has learnt stays in ``build/fuzz/TARGET/``, and the next time begins there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "fuzz"
NAMES = ("benches", "tables", "answers", "stores")
HANG_S, MEMORY_MB, LONGEST = 60, 4096, 20_000
"""A single input may take so long and so much, and be so many bytes."""
PATIENCE_S = 0.2
"""What a driver waits for the rest of an answer; in truth it is ten seconds."""


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris  # noqa: PLC0415  # an extra of its own, and nothing else here needs it

    with atheris.instrument_imports(include=["memrig", "tomllib"]):
        import tests.conftest  # noqa: F401, PLC0415  # few looks at a store, not those of a search
        from tests.fuzz.targets import FOUND, Targets, folder  # noqa: PLC0415  # as instrumented

        _be_impatient()
        corpus = KEPT / name
        corpus.mkdir(parents=True, exist_ok=True)
        with folder() as place:
            targets = Targets(place)
            for content in targets.seeds(name):
                (corpus / hashlib.sha1(content).hexdigest()).write_bytes(content)
            known = [str(FOUND / name)] if (FOUND / name).is_dir() else []
            atheris.Setup([
                name, str(corpus), *known, f"-max_total_time={seconds}", f"-timeout={HANG_S}",
                f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST}", "-print_final_stats=1",
                f"-artifact_prefix={KEPT}/{name}-"], targets.all[name])
            atheris.Fuzz()


def _be_impatient() -> None:
    from memrig.drivers import transport  # noqa: PLC0415  # as instrumented

    transport.TIMEOUT_S = transport.CONFIRM_S = PATIENCE_S
    for verb in vars(transport.Transport).values():
        defaults = getattr(verb, "__kwdefaults__", None) or {}
        if "deadline_s" in defaults:
            defaults["deadline_s"] = PATIENCE_S


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz the targets that are named, or all, one after the other."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--minutes", type=float, default=2.0, help="for each (default 2)")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.targets) - set(NAMES):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; "
                     f"there are {', '.join(NAMES)}")
    try:
        import atheris  # noqa: F401, PLC0415  # an extra of its own
    except ImportError:
        print("fuzz: atheris is not installed (pip install 'memrig[fuzz]'; on Linux)",
              file=sys.stderr)
        return 1
    seconds = round(60 * arguments.minutes)
    if arguments.alone:
        fuzz(arguments.targets[0], seconds)
    found = [name for name in arguments.targets or NAMES if _process(name, arguments.minutes)]
    for name in found:
        print(f"{name}: something was found, see above; a file build/fuzz/{name}-… that is moved "
              f"to tests/fuzz/found/{name}/ is tried by every 'make test'")
    return 1 if found else 0


def _process(name: str, minutes: float) -> int:
    command = [sys.executable, "-m", "tests.fuzz", name, "--minutes", str(minutes), "--alone"]
    return subprocess.run(command, cwd=ROOT, env=os.environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
