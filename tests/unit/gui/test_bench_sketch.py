"""The circuit in the order in which it is drawn, and the levels of a profile."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.bench.ladder import channels, ladder, load_text, source_name
from memrig.gui.bench.levels import LevelsView, marks
from memrig.gui.bench.profile import placed
from memrig.gui.bench.sketch import WiringSketch, in_words
from memrig.hil.netlist import BUILDERS
from memrig.hil.profile import Profile

pytestmark = pytest.mark.usefixtures("qt")

CHAINS = {
    "awg-scope-two": "AWG 1 – top – device – bottom – R_s 1 kΩ – far – AWG 2",
    "awg-scope-single": "AWG 1 – top – device – bottom – R_s 1 kΩ – ground",
    "smu-one": "SMU 1 – top – device – ground",
    "smu-two": "SMU 1 – top – device – far – SMU 2",
}


@pytest.mark.parametrize("kind", CHAINS)
def test_every_kind_of_bench_is_a_chain_from_source_to_source(kind: str, qtbot: Any) -> None:
    assert in_words(BUILDERS[kind]()) == CHAINS[kind]


def test_everything_that_hangs_from_a_node_is_written_at_it() -> None:
    found = ladder(BUILDERS["awg-scope-two"](bottom_farad=10e-12, device_farad=2e-12))
    assert load_text(found.shunts["bottom"]) == "1 MΩ ∥ 10 pF"
    assert [one.name for one in found.across] == ["c_dut"]
    assert found.probes["bottom"] == ("v_bottom",)


def test_channels_are_called_as_on_the_instruments() -> None:
    assert channels(BUILDERS["awg-scope-single"]()) == {"v_top": "CH1", "v_bottom": "CH2"}
    assert channels(BUILDERS["smu-one"]()) == {"v_top": "V", "i_top": "I"}
    assert source_name(BUILDERS["smu-two"](), "bottom_drive") == "SMU 2"


@pytest.mark.parametrize("kind", CHAINS)
def test_another_circuit_is_another_picture(kind: str, qtbot: Any) -> None:
    sketch = WiringSketch()
    qtbot.addWidget(sketch)
    sketch.resize(900, 208)
    sketch.set_netlist(BUILDERS[kind](series_ohm=1e3))
    before = sketch.grab().toImage()
    sketch.set_netlist(BUILDERS[kind](series_ohm=2.2e3))
    assert sketch.grab().toImage() != before
    assert "2.2 kΩ" in sketch.accessibleDescription()


def test_levels_are_shown_in_order_though_they_make_no_sense(qtbot: Any) -> None:
    values = {"v_min_v": 1.0, "v_max_v": -1.0, "v_set_v": 0.5, "v_reset_v": 0.2}
    assert [mark.name for mark in marks(values)] == ["v_max", "v_reset", "v_set", "v_min"]
    view = LevelsView()
    qtbot.addWidget(view)
    view.resize(400, 150)
    empty = view.grab().toImage()
    view.set_values(values)
    assert view.grab().toImage() != empty
    assert view.accessibleDescription() == "v_max −1 V, v_reset 200 mV, v_set 500 mV, v_min 1 V"


def test_a_sentence_stands_beneath_the_field_that_it_names() -> None:
    fields = Profile.specs()
    sentence = "profile one: v_set_v and v_reset_v need opposite signs; 1 V and 2 V given"
    bare = "V set and V reset need opposite signs; 1 V and 2 V given"
    assert placed(sentence, fields) == {"v_set_v": bare}
    assert placed(sentence, fields, last="v_reset_v") == {"v_reset_v": bare}
    assert placed(sentence, fields, last="i_max_a") == {"v_set_v": bare}
    assert placed("nothing is named", fields) == {"": "nothing is named"}
