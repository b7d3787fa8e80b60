"""The report in a real browser: it loads alone, and its figures are there to be seen."""

import json
import os
import re
import shutil
import signal
import subprocess

import matplotlib.image
import numpy as np
import pytest

from memrig.hil.execution import execute
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import IvSweep, Stdp
from memrig.hil.report import write_many
from memrig.hil.store import Store
from memrig.sim import models
from memrig.sim.bench import SimulatedBench

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
TIMEOUT_S = 120
PROBE = """<!doctype html><title>probe</title><iframe id="f" width="1000" height="700"></iframe>
<pre id="found"></pre><script>
const frame = document.getElementById("f");
frame.onload = () => {
  const page = frame.contentDocument;
  const size = e => { const b = e.getBoundingClientRect(); return [b.width, b.height]; };
  document.getElementById("found").textContent = "FOUND" + JSON.stringify({
    figures: [...page.querySelectorAll("figure > svg")].map(size),
    dots: [...page.querySelectorAll("[id$=-overlay-measured] use")].map(size),
    width: page.documentElement.scrollWidth,
    loaded: frame.contentWindow.performance.getEntriesByType("resource").map(e => e.name),
    text: page.querySelector("main").innerText,
  }) + "END";
};
frame.src = "report.html";
</script>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A function that runs the browser once and returns what it prints."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(NAMES)})")
    profile = tmp_path_factory.mktemp("browser")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    options = ["--headless=new", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
               "--allow-file-access-from-files", "--virtual-time-budget=10000",
               f"--user-data-dir={profile}", *(["--no-sandbox"] if root else [])]

    def run(*arguments):
        with subprocess.Popen([program, *options, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, start_new_session=True) as process:
            try:
                out, _ = process.communicate(timeout=TIMEOUT_S)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0
        return out.decode("utf-8")

    return run


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    store = Store.open(folder / "runs.sqlite")
    overlay = Overlay(bench=SimulatedBench(models.create("guseinov"), integrator="auto"))
    done = [
        execute(protocol, SimulatedBench(models.create("guseinov"), noise_a=1e-8), overlay=overlay,
                store=store, seed=1).id
        for protocol in (IvSweep(points=100), Stdp(points=2))
    ]
    (folder / "probe.html").write_text(PROBE, encoding="utf-8")
    return write_many([store.load(one) for one in done], folder / "report.html")


def test_the_report_loads_alone_and_its_figures_have_a_size(browser, report):
    dom = browser("--dump-dom", "--window-size=1100,900",
                  (report.parent / "probe.html").as_uri())
    found = json.loads(re.search(r"FOUND(\{.*\})END", dom, flags=re.S)[1])
    assert found["loaded"] == []
    assert len(found["figures"]) == 4 + 6  # a sweep, a window; both with traces and stimulus
    assert all(width > 600 and height > 200 for width, height in found["figures"])
    assert len(found["dots"]) > 100
    assert all(width > 0 and height > 0 for width, height in found["dots"])
    assert found["width"] <= 1000  # nothing sticks out sideways
    assert "SIMULATED" in found["text"]


def test_what_is_seen_begins_with_the_warning_that_it_is_simulated(browser, report):
    picture = report.parent / "page.png"
    browser(f"--screenshot={picture}", "--window-size=1000,1400", report.as_uri())
    seen = matplotlib.image.imread(picture)[:, :, :3]
    assert seen.shape[:2] == (1400, 1000)
    orange = np.array([0xD5, 0x5E, 0x00]) / 255
    assert np.abs(seen[:20, :20] - orange).max() < 0.15
    dark = (seen[500:].max(axis=2) < 0.25).mean()
    assert 0.001 < dark < 0.3  # dots and letters, and paper around them
