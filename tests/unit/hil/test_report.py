"""The report: its figures hold the data, say what they are, and let nothing foreign through."""

import dataclasses
import html
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import matplotlib
import numpy as np
import pytest

from memrig.hil.calibration import Calibration
from memrig.hil.execution import execute
from memrig.hil.importing import MeasuredCurve, import_run
from memrig.hil.overlay import Overlay
from memrig.hil.protocols import IvSweep, PulseSeries, Read, Stdp
from memrig.hil.recompare import recompare
from memrig.hil.rehearsal import rehearse
from memrig.hil.report import overlay_svg, plan_svg, write, write_many
from memrig.hil.store import Store
from memrig.sim import NonIdealities, models
from memrig.sim.bench import SimulatedBench

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
NOISE_A = 2e-8
PROTOCOLS = {
    "iv-sweep": IvSweep(points=60), "pulse-series": PulseSeries(count=6),
    "stdp": Stdp(points=2, repeats=2, dt_zero=False), "read": Read(),
}
NOTE = "<script>alert(1)</script> & \"quoted\" $x$"


@dataclass
class Page:
    """A report and its figures by name."""

    run: object
    text: str
    figures: dict

    def part(self, figure, gid):
        """The group that an artist was drawn as."""
        found = [e for e in self.figures[figure].iter() if e.get("id", "").endswith(f"-{gid}")]
        assert len(found) == 1, (figure, gid, len(found))
        return found[0]

    def parts(self, gid):
        return [e for f in self.figures.values() for e in f.iter()
                if e.get("id", "").endswith(f"-{gid}")]

    def heights(self, figure, gid):
        """Where the markers of an artist stand, in the picture's own unit, downwards."""
        return np.array([float(e.get("y")) for e in self.part(figure, gid).iter(f"{SVG}use")])

    def words(self, figure):
        return " ".join("".join(e.itertext()) for e in self.figures[figure].iter(f"{SVG}text"))

    @property
    def plain(self):
        """What a reader reads outside the figures."""
        without = re.sub(r"<svg.*?</svg>|<style.*?</style>", " ", self.text, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without)).split())


def read_page(run, path):
    text = write(run, path).read_text(encoding="utf-8")
    pieces = re.findall(r'<figure id="[0-9a-f]+-([\w-]+)".*?(<svg.*?</svg>)', text, flags=re.S)
    return Page(run, text, {name: ET.fromstring(svg) for name, svg in pieces})


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """One run of every protocol on a noisy model, against the model without noise."""
    store = Store.open(tmp_path_factory.mktemp("report") / "runs.sqlite")
    found = {}
    for name, protocol in PROTOCOLS.items():
        bench = SimulatedBench(models.create("guseinov"), noise_a=NOISE_A, seed=4)
        overlay = Overlay(bench=SimulatedBench(models.create("guseinov"), integrator="auto"))
        found[name] = execute(protocol, bench, overlay=overlay, store=store, seed=11, note=NOTE).id
    return {name: store.load(run) for name, run in found.items()}


@pytest.fixture(scope="module")
def pages(stored, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {name: read_page(run, folder / f"{name}.html") for name, run in stored.items()}


def follows(heights, values):
    """Whether heights are an affine picture of the values, upwards."""
    slope, offset = np.polyfit(values, heights, 1)
    spread = np.ptp(heights)
    return slope < 0 and np.abs(slope * np.asarray(values) + offset - heights).max() < 1e-3 * spread


MAIN = {
    "iv-sweep": ["overlay", "iv-log"],
    "pulse-series": ["overlay", "pulls"],
    "stdp": ["overlay", "stdp-relative", "stdp-absolute", "pulls"],
    "read": ["overlay"],
}


@pytest.mark.parametrize("name", MAIN)
def test_a_protocol_has_its_figures_and_every_run_traces_and_stimulus(pages, name):
    assert list(pages[name].figures) == [*MAIN[name], "traces", "stimulus"]
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", pages[name].text, flags=re.S)
    assert len(captions) == len(pages[name].figures)
    assert all(len(caption) > 100 for caption in captions)


@pytest.mark.parametrize("name", MAIN)
def test_simulated_is_said_in_every_figure_and_at_the_top(pages, name):
    page = pages[name]
    for figure in page.figures:
        assert "SIMULATED" in page.words(figure)
        assert "".join(page.part(figure, "simulated").itertext()).strip() == "SIMULATED"
    top = page.plain.split("Figures")[0]
    assert "SIMULATED: no real device was measured" in top
    assert "the model itself, nothing to calibrate" in top


def test_an_iv_figure_holds_every_point_and_the_residual(pages):
    page = pages["iv-sweep"]
    (sweep,) = [r for r in page.run.records() if str(r.role) == "sweep"]
    (said,) = [r for r in page.run.records("overlay") if str(r.role) == "sweep"]
    seen, model = sweep.trace(0, 0), said.trace(0, 0)
    assert follows(page.heights("overlay", "measured"), seen.i_a)
    assert follows(page.heights("overlay", "residual"), seen.i_a - model.i_a)
    assert follows(page.heights("traces", "measured-voltage"), seen.v_dut_v)
    assert follows(page.heights("iv-log", "measured-log"), np.log(np.abs(seen.i_a)))
    line = page.part("overlay", "model").find(f"{SVG}path").get("d")
    assert 0.9 * model.i_a.size < len(re.findall(r"[ML] ", line)) <= model.i_a.size
    assert "current (µA)" in page.words("overlay")
    assert "noise floor" in page.words("iv-log")


def test_the_noise_floor_is_where_the_noise_is(pages):
    floor = re.search(r"noise floor, ([\d.]+) (n|µ)A", pages["iv-sweep"].words("iv-log"))
    found_a = float(floor[1]) * {"n": 1e-9, "µ": 1e-6}[floor[2]]
    assert found_a == pytest.approx(3 * NOISE_A, rel=0.1)


def test_a_series_figure_holds_the_conductances(pages):
    page = pages["pulse-series"]
    values, model = page.run.result["values"], page.run.overlay["result"]
    g = np.array(values["conductance_siemens"])
    up = np.array(values["polarity"]) > 0
    heights = np.concatenate([page.heights("overlay", "measured+1"),
                              page.heights("overlay", "measured-1")])
    assert follows(heights, np.concatenate([g[up], g[~up]]))
    assert follows(page.heights("overlay", "residual"), g - model["conductance_siemens"])
    pulls = page.run.overlay["increments"]
    measured, modelled, u = (np.array(pulls[k]) for k in (
        "dg_measured_siemens", "dg_model_siemens", "u_siemens"))
    assert follows(page.heights("pulls", "pulls"), (measured - modelled) / u)


@pytest.mark.parametrize(("figure", "key", "label"), [
    ("overlay", "dw_article_percent", "ΔW = (W0 − W)/W0, W = R (%)"),
    ("stdp-relative", "dg_rel", "dG/G0 = (G − G0)/G0"),
    ("stdp-absolute", "dg_siemens", "ΔG = G − G0 ("),
])
def test_an_stdp_figure_holds_its_measure_and_says_which(pages, figure, key, label):
    page = pages["stdp"]
    values, model = page.run.result["values"], page.run.overlay["result"]
    assert follows(page.heights(figure, "measured"), values[key])
    assert follows(page.heights(figure, "residual"), np.subtract(values[key], model[key]))
    assert label in page.words(figure)
    assert "Δt = t_post − t_pre (ms)" in page.words(figure)
    means = [row[key] for row in values["means"]]
    assert follows(page.heights(figure, "means"), means)
    shams = [row[key] for row in values["controls"] if row["control"] == "sham"]
    assert page.heights(figure, "control-sham").size == len(shams) == 4


def test_the_sham_band_stands_at_the_detection_limit(pages):
    page = pages["stdp"]
    values = page.run.result["values"]
    dots = page.heights("stdp-relative", "measured")
    slope, offset = np.polyfit(dots, values["dg_rel"], 1)
    band = [e for e in page.parts("sham-band") if e in set(page.figures["stdp-relative"].iter())]
    path = band[0].find(f"{SVG}path").get("d")
    corners = [float(y) for _, y in re.findall(r"([-\d.]+) ([-\d.]+)", path)]
    edges = slope * np.array(corners) + offset
    assert edges.max() == pytest.approx(values["detection_limit_rel"], rel=0.02)
    assert edges.min() == pytest.approx(-values["detection_limit_rel"], rel=0.02)


def test_limits_stand_beside_the_stimulus(pages):
    page = pages["stdp"]
    profile = page.run.header.profile
    assert len([e for e in page.figures["stimulus"].iter() if "limit-high" in e.get("id", "")]) >= 2
    assert profile.name in page.plain
    program = page.part("stimulus", "strip-program")
    sent = [p for p in page.run.plans if any(b.kind == "program" for b in p.blocks)]
    assert len(list(program.iter(f"{SVG}path"))) + len(list(program.iter(f"{SVG}use"))) >= len(sent)


def test_conditions_are_complete(pages):
    plain, run = pages["pulse-series"].plain, pages["pulse-series"].run
    for said in (
        run.run_id, run.plan_sha256, "seed 11", "integrator euler", "estimated integration error",
        "netlist ideal", "source top_drive top – ground, 0 Ω", "v_max_v 2 V", "passport",
        f"numpy {np.__version__}", "identity of model guseinov", "drive plan voltage", "nrmse",
        "worst point stimulus", "amplitude_set 1 v_set", NOTE,
        "pulses", "temperature not known",
        "What the bench made of them", "-1.7 V",  # v_set of the model's profile
    ):
        assert said in plain, said


def test_what_people_write_is_escaped(pages, stored, tmp_path):
    for page in pages.values():
        assert "<script" not in page.text
        assert NOTE in page.plain
    evil = 'b<img src=x onerror=alert(2)>$^{"\x07'
    run = stored["read"]
    info = dataclasses.replace(run.header.bench, name=evil, identities={evil: evil})
    header = dataclasses.replace(run.header, bench=info)
    page = read_page(dataclasses.replace(run, header=header, message=evil), tmp_path / "evil.html")
    assert "<img" not in page.text
    assert "$^" in page.words("overlay")


def test_nothing_is_loaded_from_elsewhere(pages):
    for page in pages.values():
        assert "<link" not in page.text
        assert "@import" not in page.text
        targets = re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"', page.text)
        assert all(target.startswith("#") for target in targets)


def test_ids_are_unique_so_that_figures_do_not_mix(stored, tmp_path):
    runs = [stored["iv-sweep"], stored["read"]]
    text = write_many(runs, tmp_path / "all.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)
    once = {one for one in ids if ids.count(one) == 1}
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', text))
    assert used <= set(ids)
    assert used <= once
    for run in runs:
        assert f'href="#run-{run.run_id}"' in text


def test_equal_runs_give_equal_bytes(stored, tmp_path):
    one, two = (write(stored["pulse-series"], tmp_path / name).read_bytes()
                for name in ("one.html", "two.html"))
    assert one == two
    assert overlay_svg(stored["stdp"]) == overlay_svg(stored["stdp"])


def test_figures_are_drawn_from_any_thread_and_leave_the_users_settings_alone(stored):
    before = dict(matplotlib.rcParams)
    alone = overlay_svg(stored["read"])
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(overlay_svg, [stored["read"]] * 3)) == {alone}
    assert dict(matplotlib.rcParams) == before


def test_a_run_that_is_still_going_has_a_report(stored, tmp_path):
    whole = stored["pulse-series"]
    store = Store.open(tmp_path / "runs.sqlite")
    writer = store.begin(whole.header)
    for number, record in whole.numbered()[:4]:
        writer.record(number, record)
    page = read_page(store.load(), tmp_path / "page.html")
    assert list(page.figures) == ["overlay", "traces", "stimulus"]
    assert "the run is not finished: running" in page.plain
    writer.finish("stopped")


def test_measured_data_are_not_called_simulated(tmp_path):
    store = Store.open(tmp_path / "runs.sqlite")
    t_s = np.linspace(0.0, 1.0, 300)
    v_v = np.sin(2 * np.pi * t_s)
    curve = MeasuredCurve(t_s=t_s, v_v=v_v, i_a=1e-4 * v_v, file="a<b>.csv", sha256="0" * 64)
    run = import_run(store, curve)
    overlay = Overlay(bench=SimulatedBench(models.create("yakopcic"), integrator="auto"),
                      drive="measured")
    recompare(store, store.load(run), overlay)
    page = read_page(store.load(run), tmp_path / "page.html")
    assert list(page.figures) == ["overlay", "iv-log", "traces"]
    assert "SIMULATED" not in page.text
    assert "UNCALIBRATED" in page.words("overlay")
    assert "imported from a<b>.csv" in page.plain
    assert "initial state so that the model passes the first telling point" in page.plain


def test_flagged_points_are_crosses_and_no_dots(made_up, tmp_path):
    made_up.write(tmp_path / "runs.sqlite")
    page = read_page(Store.open(tmp_path / "runs.sqlite").load(), tmp_path / "page.html")
    crosses = page.parts("flagged")
    assert crosses
    assert "flagged" in page.words("traces")


def test_the_age_of_the_calibration_is_said_in_days(made_up, tmp_path):
    calibration = Calibration(measured_at="2025-12-22T00:00:00+00:00", reference="10 kohm")
    info = dataclasses.replace(made_up.header.bench, calibration=calibration)
    made_up.header = dataclasses.replace(made_up.header, bench=info)
    made_up.write(tmp_path / "runs.sqlite")
    page = read_page(Store.open(tmp_path / "runs.sqlite").load(), tmp_path / "page.html")
    assert "against 10 kohm, 10.5 days before this run" in page.plain
    assert "UNCALIBRATED" not in page.text


def test_a_run_without_any_record_has_a_report(made_up, tmp_path):
    store = Store.open(tmp_path / "runs.sqlite")
    writer = store.begin(made_up.header)
    writer.finish("failed", message="the link is dead")
    page = read_page(store.load(), tmp_path / "page.html")
    assert not page.figures
    assert "the run is not finished: failed" in page.plain
    assert "there is nothing to draw" in page.plain


def test_a_long_record_makes_no_long_file_and_keeps_its_peak(tmp_path):
    store = Store.open(tmp_path / "runs.sqlite")
    t_s = np.linspace(0.0, 1.0, 100_000)
    v_v = np.sin(2 * np.pi * t_s)
    i_a = 1e-4 * v_v
    i_a[54_321] = 7e-4
    run = store.load(import_run(store, MeasuredCurve(t_s=t_s, v_v=v_v, i_a=i_a)))
    page = read_page(run, tmp_path / "page.html")
    assert len(page.text) < 1_000_000
    heights = page.heights("overlay", "measured")
    assert 500 < heights.size <= 1200
    assert np.sort(heights)[1] - heights.min() > 0.5 * np.ptp(heights)


def test_the_plan_is_drawn_with_limits_before_anything_is_sent():
    bench = SimulatedBench(models.create("guseinov"))
    profile = bench.model.profile()
    found = rehearse(Stdp(points=1), bench, bench, profile, seed=1)
    svg = ET.fromstring(plan_svg(found, profile))
    words = " ".join("".join(e.itertext()) for e in svg.iter(f"{SVG}text"))
    assert "nothing was sent" in words
    assert "predicted at the device (model)" in words
    assert "spike pair, Δt = −8 ms" in words
    ids = {e.get("id") for e in svg.iter()}
    assert {"plan-stimulus-strip-program", "plan-stimulus-limit-high"} <= ids


def test_the_conditions_say_what_the_device_does_beyond_its_model(tmp_path):
    beyond = NonIdealities(read_noise=0.01, drift="power")
    with Store.open(tmp_path / "runs.sqlite") as store:
        bench = SimulatedBench(integrator="auto", nonidealities=beyond, seed=12)
        run = execute(PROTOCOLS["read"], bench, store=store, seed=12).id
        page = read_page(store.load(run), tmp_path / "page.html")
    assert "nonidealities drift: power, read_noise: 0.01" in page.plain
    assert "noise_seed 12" in page.plain
