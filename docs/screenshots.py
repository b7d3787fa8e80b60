"""Takes pictures of the window: ``make screenshots``, or ``python docs/screenshots.py``.

Every scene of ``SCENES`` in both themes at three sizes goes to build/screenshots; those that the
documentation shows go to docs/images. Nothing of the user's own is read or written. Offscreen, or
with ``--screen`` on a virtual screen (Xvfb). ``--only WORD`` takes some of the scenes again.

A scene is a name and a function that brings the window there; add yours to the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from memrig.gui.window import Window

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZES = {"1280x720": (1280, 720, 1), "1440x900": (1440, 900, 1), "200-percent": (1440, 900, 2)}
"""Width and height in logical pixels, and how many real ones each of them has."""
SCREEN = (2880, 1800)
"""Real pixels of the screen that all of them fit on."""
SHOWN = {
    "window-light": "iv-sweep-0-{0}-light", "window-dark": "iv-sweep-0-{0}-dark",
    "article-fig4": "article-fig4-run-{0}-light", "overlap": "stdp-3-{0}-light",
    "bench-editor": "bench-editor-{0}-light", "window-russian": "ru-iv-sweep-{0}-light",
}
"""What the documentation shows, and which picture of one size that is."""
SHOWN_SIZE = "1440x900"
SCHEMES = ("light", "dark")
WAIT_S, DRAWN_MS = 900.0, 250
SMALL_FILE = 10
"""What Qt calls the quality of a PNG: nothing is lost, only time."""
OTHER_OHM = 2e4
"""Resistance that the device is above."""
MID_RUN = 0.3
"""Share of a run after which it is in its middle, the reads before it done."""


class Hand:
    """A hand on a window, and a camera before it.

    :param folder: where pictures go; ``size`` is a part of their names.
    """

    def __init__(self, window: Window, folder: Path, size: str) -> None:
        self.window, self.session = window, window.session
        self.folder, self.size, self.schemes = folder, size, SCHEMES[::-1]
        self.ended: list[Any] = []
        self.session.run_ended.connect(self.ended.append)

    def settle(self) -> None:
        """Wait until nothing runs and the plan is whole."""
        wait(lambda: self.session.state == "idle" and self.session.plan is not None
             and self.session.plan.complete)

    def choose(self, protocol: str, preset: str = "", **texts: str) -> None:
        """Choose a protocol with its parameters, as in the form."""
        self.session.choose(protocol=protocol, texts=texts, preset=preset)
        self.window.protocol.show_choice()
        self.settle()

    def run(self) -> None:
        """Run what is planned to its end."""
        self.ended.clear()
        self.session.start()
        wait(lambda: bool(self.ended))
        self.settle()

    def command(self, name: str) -> None:
        """Do what a command does."""
        self.window.commands.run(name)

    def type(self, line: QWidget, text: str) -> None:
        """Replace what stands in a field by what a keyboard writes."""
        from PySide6.QtCore import Qt  # noqa: PLC0415  # after Qt's platform is chosen
        from PySide6.QtTest import QTest  # noqa: PLC0415  # as above

        line.setFocus()
        QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(line, text)

    def take_beside(self, scene: str, window: QWidget | None) -> None:
        """A picture of a window beside the main one, which is closed then."""
        assert window is not None
        self.take(scene, window)
        window.close()

    def take(self, scene: str, window: QWidget | None = None) -> None:
        """A picture of a window (the main one, if none is named) as it is now, in both themes."""
        from PySide6.QtCore import QSize  # noqa: PLC0415  # after Qt's platform is chosen
        from PySide6.QtTest import QTest  # noqa: PLC0415  # as above
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # as above

        from memrig.gui import theme  # noqa: PLC0415  # as above

        application = QApplication.instance()
        assert isinstance(application, QApplication)
        seen = window or self.window
        seen.resize(seen.size().boundedTo(QSize(*SIZES[self.size][:2])))  # as on such a screen
        while not self.window.overlay.scene.fill_time():
            continue  # the curves against time, else they come while the window has time
        self.schemes = self.schemes[::-1]  # dressing a window anew takes longest of all
        for scheme in self.schemes:
            theme.apply(application, scheme)  # type: ignore[arg-type]  # two of its words
            QTest.qWait(DRAWN_MS)  # until everything has been drawn
            path = self.folder / f"{scene}-{self.size}-{scheme}.png"
            seen.grab().save(str(path), None, SMALL_FILE)

    def take_views(self, scene: str) -> None:
        """A picture of every view of the figure, from the last to the first."""
        tabs = self.window.overlay.tabs
        for number in reversed(range(tabs.count())):
            tabs.setCurrentIndex(number)
            self.take(f"{scene}-{number}")


# --- scenes ---------------------------------------------------------------------------------------


def first(prefix: str, hand: Hand) -> None:
    """What is seen without a key: the example in the list and in the figure."""
    wait(lambda: bool(hand.window.runs.ticked))
    hand.take(f"{prefix}first")


def protocol_views(name: str, texts: Mapping[str, str], hand: Hand) -> None:
    """A protocol's plan, and every view of its run."""
    hand.choose(name, **texts)
    hand.take(f"{name}-plan")
    hand.run()
    hand.take_views(name)


def article(name: str, prefix: str, hand: Hand) -> None:
    """A figure of the article, by one click; the one that the documentation shows is run, too."""
    hand.window.article.show(name)
    hand.settle()
    hand.take(f"{prefix}article-{name}")
    if name == "fig4":
        hand.run()
        hand.take(f"{prefix}article-{name}-run")


def refused(prefix: str, hand: Hand) -> None:
    """A level that the profile does not allow."""
    hand.choose("pulse-series", amplitude_set="5 V")
    hand.take(f"{prefix}refused")


def invalid(hand: Hand) -> None:
    """A text that is no value, with the sentence beneath its field."""
    hand.choose("iv-sweep", points="3")
    hand.take("invalid")


def running(prefix: str, hand: Hand) -> None:
    """The middle of a run, and what STOP leaves."""
    hand.choose("stdp")
    hand.ended.clear()
    hand.session.start()
    wait(lambda: hand.window.strip.progress > MID_RUN or bool(hand.ended))
    hand.take(f"{prefix}running")
    hand.window.strip.ask_stop()
    wait(lambda: bool(hand.ended))
    hand.settle()
    hand.take(f"{prefix}stopped")


def asked(prefix: str, hand: Hand) -> None:
    """The guards' card, a guard that asks, and what it leaves: the profile knows another device."""
    hand.choose("pulse-series", count="12")
    hand.window.protocol.set_folded(True)
    hand.window.guards.set_folded(False)
    hand.take(f"{prefix}guards")
    hand.window.guards.set_folded(True)
    hand.window.protocol.set_folded(False)
    hand.session.name(guards={"conductance": "ask"})
    hand.session.choose(chosen_profile=replace(hand.session.profile, r_max_ohm=OTHER_OHM))
    hand.settle()
    hand.ended.clear()
    hand.session.start()
    wait(lambda: hand.window.question.question is not None or bool(hand.ended))
    hand.take(f"{prefix}asked")
    hand.window.question.let_stop()
    wait(lambda: bool(hand.ended))
    hand.settle()
    hand.take(f"{prefix}guarded")
    hand.session.name(guards={})
    hand.session.choose(chosen_profile=None)
    hand.settle()


def empty(hand: Hand) -> None:
    """No run in the list, none in the figure."""
    hand.window.runs.filter.setText("nothing is called like that")
    hand.take("filter-finds-nothing")
    hand.window.runs.filter.setText("")


def compared(hand: Hand) -> None:
    """Several runs over each other, and what is written about one of them."""
    hand.choose("iv-sweep", points="300", amplitude_set="0.9 v_set")
    hand.run()
    runs = [run.run_id for run in hand.session.store.runs() if run.protocol == "iv-sweep"]
    hand.window.runs.tick(runs[-3:])
    hand.window.right.show_part(hand.window.runs)
    hand.window.stored.set_tags(runs[-1], ["W07", "forming"])
    hand.window.stored.add_note(runs[-1], "smaller loop, after the fit")
    hand.window.runs.choose(runs[-1])
    hand.take("compared")
    hand.window.runs.table.clearSelection()
    hand.window.runs.tick([])


def palette(hand: Hand) -> None:
    """All commands."""
    from memrig.gui.commands import Palette  # noqa: PLC0415  # after Qt's platform is chosen

    hand.command("commands.palette")
    hand.take("palette")
    for popup in hand.window.findChildren(Palette):
        popup.close_again()


def menus(hand: Hand) -> None:
    """Every menu by itself."""
    from PySide6.QtWidgets import QMenu  # noqa: PLC0415  # after Qt's platform is chosen

    for action in hand.window.menuBar().actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            menu.adjustSize()
            hand.take(f"menu-{action.text().replace('&', '').replace(' ', '-').lower()}", menu)


def daily(hand: Hand) -> None:
    """A read without a form, and what it found."""
    hand.ended.clear()
    hand.command("run.read")
    wait(lambda: bool(hand.ended))
    hand.settle()
    hand.take("daily-read")


def failed(hand: Hand) -> None:
    """An error that nobody foresaw."""
    hand.window.failure.tell("ZeroDivisionError: float division by zero", "Traceback …")
    hand.take("failed")
    hand.window.failure.hide()


def console(hand: Hand) -> None:
    """What was said to the instruments, and the session as Python."""
    hand.choose("pulse")
    hand.run()
    hand.command("view.console")
    for number, name in enumerate(("console", "console-python", "console-log")):
        hand.window.console.setCurrentIndex(number)
        hand.take(name)
    hand.window.console.setCurrentIndex(0)
    hand.command("view.console")


def fitted(prefix: str, hand: Hand) -> None:
    """A fit: before and after in the figure, values and their deviations at the right."""
    card = hand.window.fit
    hand.choose("iv-sweep")
    example = next(run.run_id for run in hand.session.store.runs() if run.protocol == "iv-sweep")
    hand.window.runs.tick([example])
    hand.window.right.show_part(card)
    hand.session.choose(model_texts={"r_set": "2.4e-3", "area_m2": "1.4e-12"})
    hand.settle()
    card.set_free(("r_set", "area_m2"))
    hand.command("fit.start")
    wait(lambda: card.result is not None or bool(card.problem))
    hand.take(f"{prefix}fitted")
    hand.session.choose(model_texts={})
    hand.settle()


def queued(prefix: str, hand: Hand) -> None:
    """Runs that wait; then the first is stopped, and the others say why they go on waiting."""
    queue = hand.session.queue
    for protocol, texts in (("pulse-series", {"count": "40"}), ("stdp", {}), ("iv-sweep", {})):
        hand.choose(protocol, **texts)
        hand.command("queue.add")
    hand.take(f"{prefix}queue")
    hand.ended.clear()
    hand.command("queue.go")
    hand.window.strip.ask_stop()
    wait(lambda: bool(hand.ended))
    hand.settle()
    hand.take(f"{prefix}queue-halted")
    while queue.runs:
        queue.remove(0)


def passport(prefix: str, hand: Hand) -> None:
    """What the device has been through."""
    hand.session.name(place={"wafer": "W07", "die": "3-4", "cell": "12"})
    hand.command("device.passport")
    panel = hand.window.benches.passport
    assert panel is not None
    hand.take_beside(f"{prefix}passport", panel)
    hand.session.name(place={})


def helped(prefix: str, hand: Hand) -> None:
    """F1 on a field, and the keys."""
    from memrig.gui.help.window import topic_of  # noqa: PLC0415  # after Qt's platform is chosen

    hand.choose("pulse-series")
    form = hand.window.protocol.form
    assert form is not None
    hand.window.help.shown.open(topic_of(form.field("count").control, {}))
    hand.take_beside(f"{prefix}help-field", hand.window.help.shown)
    hand.command("help.keys")
    hand.take_beside(f"{prefix}help-keys", hand.window.help.shown)


def bench_editor(prefix: str, hand: Hand) -> None:
    """A bench with its wiring, and a value that is refused."""
    hand.command("bench.edit")
    editor = hand.window.benches.editor
    assert editor is not None
    assert editor.form is not None
    hand.take(f"{prefix}bench-editor", editor)
    hand.type(editor.form.field("series_resistor_ohm").control, "-1")
    hand.take(f"{prefix}bench-editor-refused", editor)
    editor.kind.setCurrentIndex(editor.kind.findData("smu-two"))
    editor.kind.activated.emit(editor.kind.currentIndex())
    hand.take_beside(f"{prefix}bench-editor-smu", editor)


def checked(prefix: str, hand: Hand) -> None:
    """The check with a known resistor, before it and with its report."""
    hand.command("bench.check")
    check = hand.window.benches.checking
    assert check is not None
    hand.take(f"{prefix}check", check)
    check.begin()
    wait(lambda: check.last is not None)
    hand.settle()
    hand.take_beside(f"{prefix}check-report", check)


def profile_editor(prefix: str, hand: Hand) -> None:
    """The profile with its levels on one axis, and one that contradicts another."""
    hand.command("device.profile")
    editor = hand.window.benches.profile
    assert editor is not None
    hand.take(f"{prefix}profile", editor)
    hand.type(editor.form.field("v_max_v").control, "1 V")
    hand.take_beside(f"{prefix}profile-refused", editor)
    editor.take_model()
    hand.settle()


def detached(hand: Hand) -> None:
    """The figure in a window of its own, and what stands in its place."""
    hand.choose("iv-sweep", points="120")
    hand.run()
    hand.command("view.detach")
    hand.take("figure-is-elsewhere")
    hand.take_beside("figure", hand.window.figure.window)


def swept(prefix: str, hand: Hand) -> None:
    """A run, its residual, and what is said of it."""
    hand.choose("iv-sweep")
    hand.run()
    hand.take(f"{prefix}iv-sweep")


def not_connected(prefix: str, hand: Hand) -> None:
    """A bench that is not there."""
    hand.session.choose(spec="no-such-bench.toml")
    wait(lambda: hand.session.state == "idle")
    hand.take(f"{prefix}not-connected")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Something to be seen on a bench; one bench in one language has its scenes in their order."""

    bench: str
    bring: Callable[[Hand], None]
    tongue: str = "en"

    @property
    def name(self) -> str:
        """The function that brings it, and with what."""
        if not isinstance(self.bring, partial):
            return self.bring.__name__
        words = [one for one in self.bring.args if isinstance(one, str) and one]
        return " ".join([self.bring.func.__name__, *words])


FIGURES = ("fig2", "fig3", "fig4", "fig5", "fig5-overlap")
PROTOCOLS: dict[str, dict[str, str]] = {
    "stdp": {}, "pulse-series": {"count": "12"}, "pulse": {}, "read": {}, "iv-sweep": {}}

SCENES = (
    Scene(bench="model", bring=partial(first, "")),
    *(Scene(bench="model", bring=partial(article, name, "")) for name in FIGURES),
    *(Scene(bench="model", bring=partial(bring, ""))
      for bring in (fitted, passport, queued)),
    Scene(bench="model", bring=detached),
    Scene(bench="model", bring=menus),
    *(Scene(bench="model", bring=partial(bring, ""))
      for bring in (helped, profile_editor, not_connected)),
    *(Scene(bench="twin", bring=partial(protocol_views, name, texts))
      for name, texts in PROTOCOLS.items()),
    Scene(bench="twin", bring=compared),
    Scene(bench="twin", bring=daily),
    Scene(bench="twin", bring=partial(running, "")),
    Scene(bench="twin", bring=partial(asked, "")),
    Scene(bench="twin", bring=partial(refused, "")),
    Scene(bench="twin", bring=invalid),
    Scene(bench="twin", bring=console),
    Scene(bench="twin", bring=partial(bench_editor, "")),
    Scene(bench="twin", bring=partial(checked, "")),
    Scene(bench="twin", bring=palette),
    Scene(bench="twin", bring=failed),
    Scene(bench="twin", bring=empty),
    Scene(bench="model", bring=partial(first, "ru-"), tongue="ru"),
    *(Scene(bench="model", bring=partial(article, name, "ru-"), tongue="ru") for name in FIGURES),
    *(Scene(bench="model", bring=partial(bring, "ru-"), tongue="ru")
      for bring in (fitted, passport, queued, refused, helped, profile_editor, not_connected)),
    *(Scene(bench="twin", bring=partial(bring, "ru-"), tongue="ru")
      for bring in (swept, running, asked, bench_editor, checked)),
)


# --- taking them ----------------------------------------------------------------------------------


def main() -> int:
    """Take all pictures; a process each for a size, since Qt scales once and for all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    options.add_argument("--screen", action="store_true", help="on a virtual screen (Xvfb)")
    options.add_argument("--size", choices=SIZES, help="only this one, in this process")
    options.add_argument("--only", default="", metavar="WORD",
                         help="only the scenes with this in their name, bench or language")
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.size:
        return take_all(chosen.out, chosen.size, chosen.only)
    words = ["--out", str(chosen.out), "--only", chosen.only]
    with screen() if chosen.screen else offscreen() as where:
        sizes = [subprocess.Popen([sys.executable, __file__, *words, "--size", size],  # noqa: S603  # this file
                                  env={**where, "QT_SCALE_FACTOR": str(scale)})
                 for size, (_, _, scale) in SIZES.items()]
        codes = [one.wait() for one in sizes]  # each has its own pauses
    if not chosen.only and not any(codes):
        show(chosen.out)
    print(f"{len(list(chosen.out.glob('*.png')))} pictures in {chosen.out}")
    return max(codes, key=abs)


def show(folder: Path) -> None:
    """Give the documentation its pictures."""
    IMAGES.mkdir(exist_ok=True)
    for name, picture in SHOWN.items():
        shutil.copy(folder / f"{picture.format(SHOWN_SIZE)}.png", IMAGES / f"{name}.png")


@contextmanager
def offscreen() -> Iterator[dict[str, str]]:
    """No screen at all; Qt's own stand-in for one is so small that menus are cut."""
    wide, high = SCREEN
    one = {"name": "", "x": 0, "y": 0, "width": wide, "height": high, "dpr": 1,
           "logicalDpi": 96, "logicalBaseDpi": 96}
    with tempfile.TemporaryDirectory() as here:
        words = Path(here) / "screen.json"
        words.write_text(json.dumps({"screens": [one]}), encoding="utf-8")
        yield {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={words}",
               "QT_LOGGING_RULES": "qt.qpa.*=false"}


@contextmanager
def screen() -> Iterator[dict[str, str]]:
    """A virtual screen of our own."""
    size = "{}x{}x24".format(*SCREEN)
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  # fixed words
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        try:
            yield {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
        finally:
            server.terminate()


def take_all(folder: Path, size: str, only: str = "") -> int:
    """All scenes, or some, in one size; returns how many could not be taken."""
    import shiboken6  # noqa: PLC0415  # after Qt's platform is chosen

    from memrig.gui import app, language  # noqa: PLC0415  # as above
    from memrig.gui.collector import Collector  # noqa: PLC0415  # as above

    keep, failed_ones = app.qt(), 0  # as long as its windows
    Collector(keep).start()
    scenes = [one for one in SCENES if only in f"{one.name} {one.bench} {one.tongue}"]
    for bench, tongue in dict.fromkeys((one.bench, one.tongue) for one in scenes):
        language.speak(keep, tongue)
        with tempfile.TemporaryDirectory() as here:
            # Nothing is the user's own here.
            os.environ["MEMRIG_SETTINGS"] = str(Path(here) / "settings.ini")
            os.environ["MEMRIG_STATE"] = str(Path(here) / "state")
            with app.opened(keep, bench, Path(here) / "memrig.sqlite", "light") as window:
                window.resize(*SIZES[size][:2])
                hand = Hand(window, folder, size)
                hand.settle()
                failed_ones += sum(not brought(one, hand) for one in scenes
                                   if (one.bench, one.tongue) == (bench, tongue))
                window.close()
            shiboken6.delete(window)  # now, and not whenever Python collects what is left
    del keep
    return failed_ones


def brought(scene: Scene, hand: Hand) -> bool:
    """Take one scene; whether that was possible. The next ones do not depend on it."""
    began_s = time.monotonic()
    try:
        scene.bring(hand)
    except Exception:  # noqa: BLE001  # whatever it is, it is shown
        print(f"{scene.name} on {scene.bench}, {hand.size}:", file=sys.stderr)
        traceback.print_exc()
        return False
    print(f"{hand.size}: {scene.name}, {time.monotonic() - began_s:.0f} s", flush=True)
    return True


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until something holds.

    :raises TimeoutError: when it never does.
    """
    from PySide6.QtTest import QTest  # noqa: PLC0415  # as above

    end_s = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"the window was not ready within {WAIT_S:g} s")
        QTest.qWait(20)


if __name__ == "__main__":
    sys.exit(main())
