"""What the help says of every part of the window, and of what happens to a value on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from memrig.hil.parameters import Level, Spec

tr = QCoreApplication.translate


def _bench() -> tuple[str, str]:
    return tr("help", "Bench"), tr(
        "help", "Where the protocol is applied: the model alone, a ready-made twin (simulated "
        "instruments that speak the real ones' commands), or a bench file with the addresses of "
        "real instruments.\n\nThe card says which instruments answer, and when the bench was "
        "calibrated. An instrument that does not answer is named with what to check; nothing is "
        "energised by connecting. A purple SIMULATED stands above as soon as anything is not "
        "real.\n\nA new bench file: memrig bench template. Its wiring and calibration: memrig "
        "bench check.")


def _device() -> tuple[str, str]:
    return tr("help", "Device and model"), tr(
        "help", "The name of the device goes into every run; its passport (pulses, charge, last "
        "conductance) is kept by this name. The profile says what the device allows: voltages, "
        "current, energy, pulses.\n\nThe model is drawn over the measurement as a line. Its "
        "parameters are unfolded below; the prediction follows while they are edited. On the bench "
        "'model' it is the device itself.")


def _protocol() -> tuple[str, str]:
    return tr("help", "Protocol"), tr(
        "help", "The experiment and its parameters. Quantities are typed as people write them: "
        "250u, 0.25 mA and 2.5e-4 are the same current. Levels may be relative to the profile: "
        "1.1 v_set; the volts stand beside them in grey.\n\nA preset fills in all parameters of a "
        "published figure. What is wrong is said beneath its field. F1 on a field tells what it "
        "means and what the instrument makes of it.")


def _limits() -> tuple[str, str]:
    return tr("help", "Limits"), tr(
        "help", "How much the plan uses of what the device may get, in the worst case: one channel "
        "late or missing, overshoot, level error. Limits never clip: a plan that exceeds one is "
        "refused as a whole, and nothing is sent.\n\nLimits come from the profile of the device. "
        "Every plan is checked again just before it is applied.")


def _guards() -> tuple[str, str]:
    return tr("help", "Guards"), tr(
        "help", "What a run is watched for while it goes on. Each guard lets it go on with its "
        "points flagged, stops it at once, or asks when the stimulus has ended: the device is at "
        "0 V then, and the run stops by itself where nobody answers.\n\nA lost trigger and a lost "
        "link always end the run. What a guard saw is stored with the run and stands in its "
        "report.")


def _run() -> tuple[str, str]:
    return tr("help", "Run, Read, Pulse"), tr(
        "help", "Run applies the plan that is drawn below the figure: what is drawn is what is "
        "sent, and its hash is stored. Where Run is disabled, its tool tip says why.\n\nRead and "
        "Pulse are orange because they touch the device, with the profile's own levels, whatever "
        "the form holds; on a real device they first show what they would do. Every run is stored "
        "from its first record on; there is no Save.\n\nDuring a run the set-up can be read, but "
        "not changed.")


def _stop() -> tuple[str, str]:
    return tr("help", "STOP"), tr(
        "help", "Ends the run at once, from anywhere in the program: the button, Ctrl+. or Esc "
        "twice. The outputs are switched off first and asked afterwards; the strip says when the "
        "instruments have confirmed it. What was measured is kept, and the run is marked as "
        "stopped.\n\nIf the program itself dies, a guardian process switches the outputs off. "
        "From a terminal: memrig stop. If a message says that outputs may still be on, use the "
        "instruments' own keys.")


def _figure() -> tuple[str, str]:
    return tr("help", "Figure"), tr(
        "help", "Dots are measured, the line is the model, the residual stands below on the same "
        "axis. Before a run the line is the model's prediction, which also sets the axes; they "
        "only grow. Hollow dots are flagged (current limit, clipped, missing) and count in no "
        "comparison.\n\nWheel and mouse zoom; Ctrl+0 shows the whole figure. The tabs show the "
        "same run otherwise: logarithmic, against time, single pulses.")


def _stimulus() -> tuple[str, str]:
    return tr("help", "Stimulus"), tr(
        "help", "What will be, is being, or was applied, as the instruments will play it: rounded "
        "to their grid in time and level. The red bands are beyond the device's limits. During a "
        "run a cursor walks along it.")


def _runs() -> tuple[str, str]:
    return tr("help", "Runs"), tr(
        "help", "All runs of the store, the newest first. A tick draws a run in the figure; a "
        "double click, or Restore set-up, takes over its protocol, parameters, profile, device and "
        "model. The filter finds words of protocol, bench, note and status.\n\nReport writes one "
        "HTML file; Copy run as Python gives the script that repeats a run to the last bit. (sim) "
        "marks what was not measured.")


def _fit() -> tuple[str, str]:
    return tr("help", "Fit"), tr(
        "help", "Finds the parameters with which a model follows a run best. Every value has its "
        "standard uncertainty; one that has hit a bound says so. Points in the current limit do "
        "not count. A result is kept as a new version of a parameter set; none is ever "
        "overwritten.\n\nFrom a terminal: memrig fit.")


def _queue() -> tuple[str, str]:
    return tr("help", "Queue"), tr(
        "help", "Runs that wait for their turn, each with the set-up that it was queued with. STOP "
        "ends the run and holds the queue. Every run is planned and checked again when its turn "
        "comes.")


def _console() -> tuple[str, str]:
    return tr("help", "Console"), tr(
        "help", "F12 shows it below the figure. Traffic: every message to (→) and from (←) the "
        "instruments, live or of the chosen run, with the bench's time; binary blocks stand "
        "shortened. Python: what you do, as lines to copy; Copy all gives one script that runs. "
        "Log: the program's own warnings, e.g. when the window was late.\n\nCopy as Python (Ctrl+"
        "Shift+Y) gives a script of the present set-up.")


PARTS: Mapping[str, Callable[[], tuple[str, str]]] = {
    "bench": _bench, "device": _device, "protocol": _protocol, "limits": _limits,
    "guards": _guards, "run": _run, "stop": _stop, "figure": _figure, "stimulus": _stimulus,
    "runs": _runs, "fit": _fit, "queue": _queue, "console": _console,
}
"""Title and text of every part, by the name of its page; paragraphs are parted by empty lines."""


def sent(spec: Spec, kind: Any, *, model: bool) -> str:
    """What becomes of a value: what the instrument is sent, and what it may do with it.

    :param model: whether it is a model's parameter, which no instrument hears of.
    """
    if model:
        return tr("help", "Nothing is sent: the model computes with exactly this value.")
    if kind is Level or "Level" in str(kind):
        return tr("help", "Sent as the level of a waveform or of an output, in volts at the open "
                          "source; a relative level is multiplied with the profile's value first. "
                          "The instrument rounds it to its step, and its range is chosen for the "
                          "largest level; a level beyond a limit is refused, never clipped.")
    by_unit = {
        "s": tr("help", "Sent as times of a waveform or of a list. The instrument's clock rounds "
                        "them to its grid; the plan shows the rounded time and says where an edge "
                        "has moved. What is shorter than the instrument can do is refused."),
        "V": tr("help", "Sent as a level in volts. The instrument rounds it to its step; beyond a "
                        "limit it is refused, never clipped."),
        "A": tr("help", "Sent as the limit of the current where the instrument has one, and read "
                        "back: the instrument may round it to a value of its range. Points at the "
                        "limit are flagged. Without such an instrument the series resistance "
                        "limits."),
        "V/s": tr("help", "Sent as the slope of a waveform, which the instrument plays in steps "
                          "of its grid."),
        "ohm": tr("help", "Not sent by itself; it decides when the protocol has reached its aim."),
        "S": tr("help", "Not sent by itself; it decides when the protocol has reached its aim."),
    }
    if spec.unit in by_unit:
        return by_unit[spec.unit]
    if kind is int:
        return tr("help", "Decides how many points or repetitions are planned. The instrument's "
                          "memory limits their number; what does not fit is refused.")
    return tr("help", "Not sent by itself: it decides which stimuli are planned, and the plan "
                      "shows them.")
