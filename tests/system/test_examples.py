"""Every example runs as it stands, warnings being errors, and prints what it is about."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

PRINTED = {
    "any_visa_program": r"33522B.*\n.*DSO-X 3024T.*\n.*B2902B",
    "article_fig2": r"step 1e-05 s: RESET peak 0\.287 mA at 1\.763 V",  # the article's figure
    "article_fig3_4": r"  \+1 .* uS ± (.*\n)+.*  -1 .* uS ± ",
    "my_model": r"^formed to 0\.993, after 2\.9 ms 0\.055 are left$",
    "ten_lines": r"^\[-?\d.*\] \d+\.\d+$",
}


def test_every_example_is_run():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs(name, tmp_path):
    done = subprocess.run([sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
                          cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
                          env={"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}, timeout=250)
    assert done.returncode == 0, done.stderr
    assert re.search(PRINTED[name], done.stdout), done.stdout
