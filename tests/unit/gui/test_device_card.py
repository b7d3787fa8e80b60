"""The device's card: the model's form is made when it is unfolded, and shows what is chosen."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtCore", reason="Qt is not installed or cannot start here",
                    exc_type=ImportError)

from memrig.gui.panels.device import DeviceCard
from memrig.gui.session import Session
from memrig.hil.store import Store


def test_the_models_form_shows_the_session_when_it_is_unfolded(
    qtbot: Any, tmp_path: Path
) -> None:
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store, choices={"model_texts": {"area_m2": "2e-14"}}, waits=True)
        card = DeviceCard(session)
        qtbot.addWidget(card)
        assert "Model parameters (" in card.more.text()
        card.more.click()
        assert card.form is not None
        assert card.form.texts() == {"area_m2": "2e-14"}
        card.form.field("area_m2").set_text("3e-14")
        card.form.edited.emit()
        assert session.model_texts == {"area_m2": "3e-14"}
        session.choose(model="yakopcic", model_texts={})
        card.show_choice()
        assert "area_m2" not in card.form.fields
        session.close()


def test_a_model_of_the_users_own_file_has_a_form_like_others(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = Path(__file__).resolve().parents[3] / "examples/my_model.py"
    monkeypatch.setenv("MEMRIG_MODELS", str(example))
    with Store.open(tmp_path / "runs.sqlite") as store:
        session = Session(store, choices={"model": "diffusive"}, waits=True)
        card = DeviceCard(session)
        qtbot.addWidget(card)
        card.more.click()
        assert card.form is not None
        assert {"v_t_v", "tau_off_s"} <= set(card.form.fields)
        session.close()
