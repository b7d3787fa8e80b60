"""Colours that can be read and told apart, in both themes and in every kind of colour vision."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QVBoxLayout, QWidget

from memrig.gui import theme
from memrig.gui.plots.symbols import RUNS
from memrig.hil.errors import UnknownNameError

# Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", IEEE TVCG 15 (2009) 1291, severity 1.0, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}
TEXTS = ("text", "muted", "accent", "danger", "good", "caution", "simulated")
GROUNDS = ("window", "surface", "field", "button")
FILLED = {"on_accent": "accent", "on_danger": "danger", "on_simulated": "simulated",
          "on_caution": "caution", "text": "selection", "danger": "danger_band",
          "caution": "danger_band"}
DECORATION = {"line", "grid"}
"""Parts nothing from nothing, and lines behind curves: nobody has to see them."""
CURVES = ("measured", "model", "stimulus", "danger", "accent", "muted")


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    theme.apply(qapp, request.param)
    yield request.param
    theme.apply(qapp, "light")


def ratio(one: str, other: str) -> float:
    return theme.contrast(theme.token(one), theme.token(other))


def test_contrast_is_that_of_the_guideline() -> None:
    """Black on white is 21; #767676 is the lightest grey that passes on white (WCAG 2.2)."""
    white = QColor("#FFFFFF")
    assert theme.contrast(QColor("#000000"), white) == pytest.approx(21.0)
    assert theme.contrast(white, QColor("#767676")) == pytest.approx(4.54, abs=0.01)
    assert theme.contrast(QColor("#777777"), white) < 4.5


@pytest.mark.usefixtures("scheme")
@pytest.mark.parametrize(("text", "ground"), [
    *itertools.product(TEXTS, GROUNDS), *FILLED.items()])
def test_every_text_can_be_read(text: str, ground: str) -> None:
    assert ratio(text, ground) >= 4.5


@pytest.mark.usefixtures("scheme")
@pytest.mark.parametrize(("part", "ground"), [
    *itertools.product(("border", "accent"), GROUNDS),
    *itertools.product((*CURVES, *(colour for colour, _ in RUNS)), ("surface", "danger_band"))])
def test_every_control_and_curve_can_be_seen(part: str, ground: str) -> None:
    assert ratio(part, ground) >= 3.0


def test_every_colour_is_under_a_test() -> None:
    tested = {*TEXTS, *GROUNDS, *FILLED, *FILLED.values(), *CURVES, "border",
              *(colour for colour, _ in RUNS)}
    assert set(theme.TOKENS) == tested | DECORATION


def test_every_colour_that_is_named_anywhere_is_one_of_the_theme_and_fits_its_use() -> None:
    painted = set[str]()
    marks = {"Level": set[str](), "Line": set[str](), "Dots": set[str](), "Verticals": set[str](),
             "Cursor": set[str]()}
    for call in calls():
        name = called(call)
        words = {one.value for given in call.args for one in ast.walk(given)
                 if isinstance(one, ast.Constant) and isinstance(one.value, str)}
        if name == "token":
            painted |= words
        elif name in marks:
            marks[name] |= words & set(theme.TOKENS)
    assert len(painted) > 5
    assert painted <= set(theme.TOKENS)
    assert set().union(*marks.values()) > {"measured", "model"}
    can_be_seen = {*CURVES, *(colour for colour, _ in RUNS)}
    assert set().union(*marks.values()) - can_be_seen - {"line"} == set(), "the line is at zero"
    assert marks["Level"] - {"line"} <= set(TEXTS), "a level carries words in its colour"


@pytest.mark.usefixtures("scheme")
def test_what_the_style_sheet_pairs_can_be_read() -> None:
    rules = re.findall(r"\{([^}]*)\}", theme.STYLE)
    pairs = [(found[1], ground[1]) for rule in rules
             if (found := re.search(r"(?<![-\w])color: @(\w+)", rule))
             and (ground := re.search(r"(?<![-\w])background: @(\w+)", rule))]
    assert len(pairs) > 10
    assert [pair for pair in pairs if ratio(*pair) < 4.5] == []
    alone = {name for rule in rules if "background" not in rule
             for name in re.findall(r"(?<![-\w])color: @(\w+)", rule)}
    assert alone <= set(TEXTS)


def test_the_style_sheet_names_no_colour_of_its_own_and_no_control_of_qt() -> None:
    assert "#" not in re.sub(r"#[a-z]\w*(?=[ :])", "", theme.STYLE)
    assert set(re.findall(r"^(Q\w+)", theme.STYLE, re.MULTILINE)) == {"QToolTip"}


@pytest.mark.usefixtures("scheme")
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(("one", "other"), [
    ("measured", "model"), ("measured", "surface"), ("model", "surface"), ("simulated", "danger")])
def test_colours_that_mean_something_differ_in_every_vision(
    vision: str, one: str, other: str,
) -> None:
    """CIE 1976 distance; 2.3 is just noticeable, unlike colours have more than 20."""
    least = 60.0 if (one, other) == ("measured", "model") else 20.0
    assert distance(one, other, VISION[vision]) > least


@pytest.mark.parametrize("vision", VISION)
def test_the_simulated_vision_leaves_grey_as_it_is(vision: str) -> None:
    assert VISION[vision] @ np.ones(3) == pytest.approx(np.ones(3), abs=1e-5)


def test_runs_over_each_other_differ_by_their_signs() -> None:
    """Their colours need not: to some eyes two of them are one (and the model is a line)."""
    signs = ["o", *(symbol for _, symbol in RUNS)]
    assert len(signs) == len(set(signs))


@pytest.mark.usefixtures("scheme")
def test_outlines_of_qts_own_controls_can_be_seen(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    controls = (QComboBox(), QPushButton("x"), QCheckBox())
    for control in controls:
        column.addWidget(control)
    window.resize(200, 120)
    picture = window.grab().toImage()
    ground = picture.pixelColor(1, 1)
    for control in controls:
        middle = control.geometry().center().y()
        row = [picture.pixelColor(x, middle) for x in range(control.x() + 4)]
        assert max(theme.contrast(colour, ground) for colour in row) >= 3.0, control


def test_switching_tells_and_changes_every_colour_at_once(qapp, qtbot) -> None:
    theme.apply(qapp, "light")
    seen = []
    theme.notifier().changed.connect(lambda: seen.append(theme.token("surface").name()))
    theme.apply(qapp, "dark")
    theme.apply(qapp, "light")
    assert seen == [QColor(c).name() for c in reversed(theme.TOKENS["surface"])]
    assert qapp.palette().window().color() == theme.token("window")
    assert theme.token("surface").name() in qapp.styleSheet()


def test_the_systems_own_scheme_can_be_followed(qapp) -> None:
    theme.apply(qapp, "system")
    assert theme.is_dark() == (qapp.styleHints().colorScheme().name == "Dark")
    theme.apply(qapp, "light")


def test_an_unknown_colour_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no colour called 'mesured'; did you mean measured"):
        theme.token("mesured")


def calls() -> Iterator[ast.Call]:
    """Every call in the package of the window."""
    for path in Path(importlib.import_module("memrig.gui").__path__[0]).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "attr", getattr(function, "id", ""))


def distance(one: str, other: str, vision: np.ndarray) -> float:
    return float(np.linalg.norm(lab(theme.token(one), vision) - lab(theme.token(other), vision)))


def lab(colour: QColor, vision: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of a colour as it is seen."""
    code = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    seen = np.clip(vision @ linear, 0.0, 1.0)
    xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041]]) @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
