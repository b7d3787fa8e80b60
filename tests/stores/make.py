"""Keeps a small store as this memrig, or an earlier one, writes it: see README.md beside this."""

from __future__ import annotations

import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from hatch_build import link_folders  # noqa: E402  # what an installation does

MAIN = "import sys; from memrig.hil.cli import main; sys.exit(main())"
CURVE = "t_s,v_v,i_a\n" + "".join(f"{k},{k / 10},{k / 1e5}\n" for k in range(8))
RUNS = (
    "run read --bench twin-smu -p window=1ms --note für_Δt",
    "run read --bench twin -p window=100us",
    "run pulse-series --overlay yakopcic -p count=2 -p read_window=1ms -p order=potentiation",
    "run iv-sweep -p points=8 -p polarity=set",
    "runs import curve.csv --columns v=v_v,i=i_a,t=t_s --note measured_elsewhere",
)
LATER = (
    ("runs note last written_later", 2),
    ("runs tag last forming W07", 2),
    ("sweep pulse --devices 3 --vary r_set=5% -p read_window=1ms --note many", 4),
)
"""What came with a version of the schema."""

INTERRUPTED = """
import os, sys
from pathlib import Path
from memrig.hil.store import Store
store = Store.open(Path(sys.argv[1]))
run = store.load(store.runs()[0].run_id)
writer = store.begin(run.header)
for number, record in enumerate(run.records()[:2]):
    writer.record(number, record)
os._exit(0)
"""


@contextmanager
def tree(commit: str) -> Iterator[Path]:
    """The sources of an earlier commit."""
    with tempfile.TemporaryDirectory(prefix="memrig-tree-") as folder:
        work = Path(folder) / "tree"
        git = ("git", "-C", str(ROOT), "worktree")
        subprocess.run([*git, "add", "--quiet", "--detach", str(work), commit], check=True)
        try:
            yield work
        finally:
            subprocess.run([*git, "remove", "--force", str(work)], check=True)


def python(work: Path, folder: Path, *words: str) -> str:
    """What a Python with the memrig of a tree prints."""
    environment = {**os.environ, "PYTHONPATH": str(work / "build" / "dev"),
                   "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def version_of(path: Path) -> int:
    """Of the schema of a store."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def write(work: Path, folder: Path) -> Path:
    """A store with runs of every kind that this memrig knows."""
    path = folder / "memrig.sqlite"
    (folder / "curve.csv").write_text(CURVE, encoding="utf-8")
    python(work, folder, "-c", INTERRUPTED, *_first(work, folder, path))
    for words in RUNS[1:]:
        python(work, folder, "-c", MAIN, *words.split())
    for words, version in LATER:
        if version_of(path) >= version:
            python(work, folder, "-c", MAIN, *words.split())
    return path


def _first(work: Path, folder: Path, path: Path) -> Sequence[str]:
    python(work, folder, "-c", MAIN, *RUNS[0].split())
    return (str(path),)


def packed(path: Path) -> bytes:
    """The store as one small file: no write-ahead log, no free pages."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode=DELETE", "PRAGMA page_size=512", "VACUUM"):
            connection.execute(statement)
    return lzma.compress(path.read_bytes())


def keep(work: Path, name: str) -> None:
    """Write the store and what is in it beside this file."""
    link_folders(work)
    with tempfile.TemporaryDirectory(prefix="memrig-store-") as folder:
        path = write(work, Path(folder))
        content = packed(path)
        facts = json.loads(python(work, Path(folder), str(HERE / "facts.py"), str(path)))
        label = f"schema-{version_of(path)}{name}"
    (HERE / f"{label}.sqlite.xz").write_bytes(content)
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (HERE / f"{label}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{label}: {len(content)} bytes, {len(facts['runs'])} runs")


def main() -> None:
    """Without words: of the sources as they lie here; else of every commit that is named."""
    for commit in sys.argv[1:]:
        with tree(commit) as work:
            keep(work, f"-{commit}")
    if not sys.argv[1:]:
        keep(ROOT, "")


if __name__ == "__main__":
    main()
