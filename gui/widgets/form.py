"""A form for everything that declares its parameters: protocols and models alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memrig.gui import theme
from memrig.gui.sentences import said, translated
from memrig.gui.widgets.choice import ChoiceEdit, Combo, SwitchEdit
from memrig.gui.widgets.drag import DragLabel
from memrig.gui.widgets.entry import Entry
from memrig.gui.widgets.focus import WIDTH
from memrig.gui.widgets.quantity import QuantityEdit, exact_text, shown_text
from memrig.gui.widgets.wrapped import WrappedLabel
from memrig.hil.errors import RequestError, UnknownNameError
from memrig.hil.parameters import Declared, Spec, unknown
from memrig.hil.units import bound

__all__ = ["SUFFIXES", "WORDS", "ParameterForm", "help_text", "label_of", "translated"]

WORDS = {"dt": "Δt", "t": "time", "g0": "G₀", "x0": "x₀", "v": "V", "phi": "φ", "nu": "ν",
         "alpha": "α", "el": "electron", "dr": "Δr"}
"""Parts of names that are signs of the field, or short for a word."""
SUFFIXES = {"m2": "m2", "eV": "ev", "V": "v", "Hz": "hz", "K": "k", "C": "c", "J/K": "j_per_k",
            "V/s": "v_per_s", "A": "a", "S": "siemens", "ohm": "ohm", "s": "s", "F": "farad",
            "J": "j"}
"""What names end with that hold a value in a unit; the field itself shows the unit."""


class ParameterForm(QWidget):
    """Fields for all parameters of a class, in their order; what is advanced is folded away.

    ``defaults`` takes the place of the class's own, e.g. where it has none.

    It holds texts and judges each by itself; what the texts mean together, for this device and on
    this bench, comes from outside by ``set_problems`` and ``set_notes``.
    """

    edited = Signal()
    """A text is another; ``texts`` gives all."""
    drag_began = Signal()
    """A parameter is dragged by its name; ``drag_ended`` when it is let go."""
    drag_ended = Signal()
    preset_chosen = Signal(str)
    """A preset, by name, or ``""`` for the defaults; its texts are in the form already."""

    def __init__(
        self, cls: type[Declared], parent: QWidget | None = None, *, draggable: bool = False,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parent)
        self.cls, self._draggable = cls, draggable
        self._values = cls.defaults() if defaults is None else defaults
        self.fields: dict[str, Entry] = {}
        self.presets, self._about = Combo(), WrappedLabel("muted")
        self._defaults = {name: exact_text(value, cls.specs()[name].unit)
                          for name, value in self._values.items()}
        self._whole, self._caution = WrappedLabel("bad"), WrappedLabel("caution")
        self._advanced = QWidget()
        self._more = QToolButton()
        self._build()
        self.set_texts({})

    # --- what is in it

    def texts(self) -> dict[str, str]:
        """The text of every parameter whose value is not the default."""
        return {name: field.text() for name, field in self.fields.items() if self._differs(name)}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Fill the form: these texts, and the defaults for all others.

        :raises UnknownNameError: for a name that is not declared; nothing is changed.
        """
        for name in texts:
            self.field(name)
        for name, field in self.fields.items():
            text = texts.get(name, self._defaults[name])
            if text != field.text():
                field.set_text(text)
        self._unfold_where_needed()

    def field(self, name: str) -> Entry:
        """The field of one parameter."""
        if name not in self.fields:
            raise UnknownNameError(unknown("field", name, self.fields))
        return self.fields[name]

    def problems(self) -> dict[str, str]:
        """What is wrong, by parameter; empty when nothing is known to be."""
        found = {name: field.problem for name, field in self.fields.items() if field.problem}
        whole = self._whole.text().removeprefix("✕ ")
        return {**found, **({"": whole} if whole else {})}

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong, by parameter; ``""`` for all of them together."""
        for name, field in self.fields.items():
            field.set_problem(problems.get(name, ""))
        rest = [text for name, text in problems.items() if name not in self.fields]
        self._whole.setText("\n".join(f"✕ {said(text)}" for text in rest))
        self._unfold_where_needed()

    def set_notes(self, notes: Mapping[str, str]) -> None:
        """Say in grey what will really be done, by parameter."""
        for name, field in self.fields.items():
            field.set_note(notes.get(name, ""))

    def advice(self) -> dict[str, str]:
        """What is warned of, by parameter."""
        found = {name: field.advice for name, field in self.fields.items() if field.advice}
        whole = self._caution.text().removeprefix("▲ ")
        return {**found, **({"": whole} if whole else {})}

    def set_advice(self, sentences: Mapping[str, str]) -> None:
        """Warn, by parameter; ``""`` for all of them together."""
        for name, field in self.fields.items():
            field.set_advice(sentences.get(name, ""))
        rest = [text for name, text in sentences.items() if name not in self.fields]
        self._caution.setText("\n".join(f"▲ {text}" for text in rest))
        self._unfold_where_needed()

    def set_locked(self, locked: bool) -> None:  # noqa: FBT001  # like every setter of Qt
        """Make everything read-only and as legible as before, e.g. during a run."""
        for field in self.fields.values():
            field.set_locked(locked)
        self.presets.locked = locked
        self.presets.update()

    # --- presets

    def set_preset(self, name: str) -> None:
        """Name a preset as the one that the texts come from, without touching them."""
        self.presets.setCurrentIndex(max(self.presets.findData(name), 0))
        found = getattr(self.cls, "presets", {}).get(name)
        self._about.setText(translated(found.help) if found else "")

    @property
    def preset(self) -> str:
        """The preset that was chosen last; empty for the defaults."""
        return str(self.presets.currentData() or "")

    @property
    def about(self) -> str:
        """What is said of the preset; empty for the defaults."""
        return self._about.text()

    def choose_preset(self, name: str) -> None:
        """Fill the form with a preset, as by choosing it in the list."""
        found = getattr(self.cls, "presets", {})
        units = {key: spec.unit for key, spec in self.cls.specs().items()}
        texts = found[name].parameters if name else {}
        self.set_preset(name)
        self.set_texts({key: exact_text(value, units[key]) for key, value in texts.items()})
        self.preset_chosen.emit(name)
        self.edited.emit()

    def _preset_activated(self, _index: int) -> None:
        self.choose_preset(self.preset)

    # --- how it is made

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        main, more = _rows(), _rows()
        self._add_presets(main)
        for name, spec in self.cls.specs().items():
            self._add(more if spec.advanced else main, name, spec)
        self._advanced.setLayout(more)
        column.addLayout(main)
        column.addWidget(self._more)
        column.addWidget(self._advanced)
        column.addWidget(self._whole)
        column.addWidget(self._caution)
        count = sum(spec.advanced for spec in self.cls.specs().values())
        self._more.setVisible(bool(count))
        self._more.setObjectName("fold")
        self._more.setText(self.tr("Advanced ({})").format(count))
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.clicked.connect(self._toggle)
        self._show_advanced(False)

    def _add_presets(self, rows: QFormLayout) -> None:
        presets = getattr(self.cls, "presets", {})
        if not presets:
            return
        self.presets.addItem(self.tr("defaults"), "")
        for name, preset in presets.items():
            self.presets.addItem(name, name)
            self.presets.setItemData(self.presets.count() - 1, translated(preset.help),
                                     Qt.ItemDataRole.ToolTipRole)
        self.presets.activated.connect(self._preset_activated)
        self.presets.setToolTip(self.tr("all parameters of a published figure at once"))
        inset = QVBoxLayout()
        inset.setContentsMargins(WIDTH, WIDTH, WIDTH, WIDTH)
        inset.addWidget(self.presets)
        rows.addRow(_label(self.tr("Preset"), self.presets), inset)
        rows.addRow(self._about)

    def _add(self, rows: QFormLayout, name: str, spec: Spec) -> None:
        field = _field(spec, self.cls.kind(name))
        field.setObjectName(name)
        text = help_text(name, spec, self.cls, self._values[name])
        field.control.setToolTip(text)
        field.control.setWhatsThis(text)
        field.edited.connect(self._edited)
        label = self._label(name, spec, field)
        label.setToolTip(text)
        rows.addRow(label, field)
        self.fields[name] = field

    def _label(self, name: str, spec: Spec, field: Entry) -> QLabel:
        text = translated(label_of(name, spec.unit))
        if not (self._draggable and self.cls.kind(name) is float):
            return _label(text, field.control)
        label = DragLabel(text, field)
        label.began.connect(self.drag_began)
        label.ended.connect(self.drag_ended)
        return _label(text, field.control, label)

    def _edited(self, _text: str) -> None:
        self.edited.emit()

    def _differs(self, name: str) -> bool:
        field, default = self.fields[name], self._values[name]
        try:
            return bool(field.value() != default)
        except RequestError:
            return True

    # --- what is folded away

    @property
    def advanced_shown(self) -> bool:
        """Whether the advanced parameters are shown."""
        return not self._advanced.isHidden()

    def _toggle(self) -> None:
        self._show_advanced(not self.advanced_shown)

    def _show_advanced(self, shown: bool) -> None:  # noqa: FBT001  # a state
        self._advanced.setVisible(shown)
        self._more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _unfold_where_needed(self) -> None:
        """What is wrong or unusual is never hidden."""
        if self.advanced_shown:
            return
        specs = self.cls.specs()
        if any(specs[name].advanced and (field.problem or field.advice or self._differs(name))
               for name, field in self.fields.items()):
            self._show_advanced(True)


def take_out(form: QWidget | None, layout: QLayout) -> None:
    """Take a form out of its layout, in whose place another comes."""
    if form is not None:
        layout.removeWidget(form)
        form.hide()  # else it is seen beneath the new one until Qt deletes it
        form.deleteLater()


def _rows() -> QFormLayout:
    rows = QFormLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setHorizontalSpacing(theme.SPACE)
    rows.setVerticalSpacing(theme.SMALL - 2 * WIDTH)  # the fields bring the rest
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return rows


def _label(text: str, control: QWidget, label: QLabel | None = None) -> QLabel:
    """The label of a field, of which screen readers know, too."""
    label = label or QLabel(text)
    label.setBuddy(control)
    label.setMinimumHeight(control.sizeHint().height() + 2 * WIDTH)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    control.setAccessibleName(text)
    return label


def _field(spec: Spec, kind: Any) -> Entry:
    if kind is bool:
        return SwitchEdit(spec)
    if spec.choices:
        return ChoiceEdit(spec)
    return QuantityEdit(spec, kind)


def label_of(name: str, unit: str = "") -> str:
    """A name in words: ``amplitude_set`` becomes ``Amplitude set``, ``area_m2`` ``Area``."""
    bare = name.removesuffix(f"_{SUFFIXES[unit]}") if unit in SUFFIXES else name
    words = " ".join(WORDS.get(part, part) for part in bare.split("_"))
    return words[:1].upper() + words[1:] if words[:1].isascii() else words


def help_text(name: str, spec: Spec, cls: type[Declared], default: Any) -> str:
    """What a parameter is, what it may be, and what it is by default."""
    text = shown_text(exact_text(default, spec.unit), cls.kind(name), spec)
    if not spec.unit:  # a word, or yes and no
        text = translated(text) if text else ""
    by_default = QCoreApplication.translate("parameters", "default: {}").format(text or "–")
    return "\n".join(line for line in (translated(spec.help), _allowed(spec), by_default) if line)


def _allowed(spec: Spec) -> str:
    """The bounds of a parameter in words; empty where there are none."""
    tr = QCoreApplication.translate
    low, high = (bound(end, spec.unit) for end in (spec.low, spec.high))
    if low and high:
        return tr("parameters", "allowed: {} to {}").format(low, high)
    if low:
        return tr("parameters", "allowed: at least {}").format(low)
    return tr("parameters", "allowed: at most {}").format(high) if high else ""
