"""Words and sentences of the controller in the language of the window.

The controller knows no language: what it declares is translated where it is shown. Its sentences
are put together from values; here stands how they are made. What matches is said in the window's
language, with the same values; what does not is shown as it came.
"""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QCoreApplication

from memrig.hil.guards import TEMPLATES as GUARDS

CONTEXT = "sentences"
SENTENCES: tuple[str, ...] = (
    # what a field does not take
    "{0} is not a number (try {1} or {2})",
    "{0} is not a quantity in {1} (try {2} or {3})",
    "{0} is not a finite quantity in {1}",
    "{0}… is too long for a quantity in {1}",
    "a whole number of {0} digits was asked",
    "{0} is not a level (try '1.2V', '300mV' or '1.1 v_set')",
    "{0} is not a whole number",
    "{0} is not a switch (try 'yes' or 'no')",
    "{0} was asked; a number is needed",
    "{0} was asked; a whole number is needed",
    "{0} was asked; true or false is needed",
    "a level of {0} was asked; it must be finite",
    "{0} was asked; allowed: {1}",
    "{0} was asked; allowed: {1} to {2}",
    "there is no {0} called {1}; {2}",
    "there is no bench or bench file called {0}; {1}",
    "did you mean {0}?",
    "there are: {0}",
    # what a protocol or a model does not take
    "a sine of polarity {0} was asked; it has both",
    "a sine at {0} was asked; it has no constant speed, its period is given instead",
    "on_grid was asked of shape {0}; only a sine has a grid",
    "an empty list of amplitudes or widths was asked",
    "{0} amplitudes of SET and {1} of RESET were asked; equally many are needed, or one",
    "delays from {0} s to {1} s were asked; dt_min must be below dt_max",
    "logarithmic delays from 0 s were asked; dt_min above 0 s",
    "an empty list of targets or read delays was asked",
    "read delays must ascend",
    "{0} pairs per second were asked; a pair lasts {1} s, so at most {2} Hz",
    "orientation 0 was asked; allowed: 1 or -1",
    "v_set_v {0} V and v_reset_v {1} V were asked; SET must lie below 0 V and RESET above",
    "an initial state x0 of {0} was asked; allowed: {1} to {2}",
    # what the device must not get
    ("{0}: voltage at the device of {1} requested (worst case), the profile allows at most {2}; "
     "nothing was sent"),
    ("{0}: voltage at the device of {1} requested (worst case), the profile allows at least {2}; "
     "nothing was sent"),
    ("{0}: current of {1} requested (worst case), the profile allows at most {2}; "
     "nothing was sent"),
    ("{0}: energy of one repeat of {1} requested (worst case), the profile allows at most {2}; "
     "nothing was sent"),
    ("{0}: read voltage of {1} requested (worst case), the profile allows at most {2}; "
     "nothing was sent"),
    "{0}: {1} of {2} requested (worst case), the profile allows at most {3}; nothing was sent",
    "{0}: {1} of {2} requested (worst case), the profile allows at least {3}; nothing was sent",
    ("{0} into the device requested so far (worst case), the profile {1} allows {2} in one run; "
     "nothing more was sent"),
    "{0}, {1} stimulus",
    "profile {0} allows {1}, not {2}; nothing was sent",
    ("the device's state is {0}: only reads of at most {1} are allowed until the profile says "
     "'formed'; nothing was sent"),
    ("{0} program pulses on the device requested so far, the profile {1} allows {2} in one run; "
     "nothing more was sent"),
    # what a profile contradicts itself in
    "{0} and {1} need opposite signs; {2} and {3} given",
    "{0} must lie below 0 V and {1} above; {2} and {3} given",
    "{0} must be above 0 V and within the limits; {1} given",
    "{0} must lie within {1} and {2}; {3}, {4} and {5} given",
    "{0} must be above 0; {1} given",
    "{0} must lie between 0 and {1}; {2} and {3} given",
    # what the bench cannot do
    "{0}: {1} asked, {2} allowed; nothing was sent",
    "at most {0}",
    "at most {0} (open circuit)",
    "at least {0}",
    "length of the {0}",
    "shortest pulse of the {0}",
    "ramps of the {0}",
    "level of the {0}",
    "waveform at the {0} electrode",
    "{0} samples at most",
    "{0} samples",
    "charge of one repeat",
    "slew of a source",
    "limit of the current",
    "top",
    "bottom",
    # what the check with a known resistor finds
    "wiring: every channel sees what the netlist says",
    "WRONG WIRING: {0}",
    "nothing connects the device's electrodes (no contact, or a broken lead)",
    "the device's electrodes are shorted",
    "the channel of {0} sees nothing: its lead is open",
    "the channel of {0} is inverted",
    "the channels of {0} and {1} are swapped",
    "the generator's channels are swapped",
    "{0} does not arrive: its output is not connected",
    "{0} is inverted",
    ("the observations agree with each other with a reduced chi-squared of {0} (at most {1})"),
    "NOT GOOD: {0}",
    "gains, offsets and resistances lie within their data sheets",
    "{0} is {1}, its tolerance says {2}",
    "{0} is {1}, its data sheet says {2}",
    "wiring: every channel holds its level, and the resistor's current flows",
    # what a bench file lacks
    "choose an instrument, type its address, or simulate it",
    "the address is missing, e.g. TCPIP0::192.168.1.11::5025::SOCKET",
    "there is no form for a bench of kind {0}",
    # why there is no fit
    "the run determines no parameter of {0}{1}; name some with free, or fit another run",
    "every parameter that was asked to be free ({0}) is fixed, too",
    "there is no complete record; nothing can be fitted",
    "no unflagged point has a current; nothing can be fitted",
    "the model gives no finite current where the fit starts",
    "the model cannot be run where the fit starts: {0}",
    "at its lower bound, {0}",
    "at its upper bound, {0}",
    # how a run ends, and what the bench is
    "stopped on request; the outputs are off, the data are kept",
    "{0}; the outputs are off, the data are kept",
    "guard {0}: {1} ({2})",
    "guard {0}: {1} ({2}), {3}",
    "nobody was there to be asked",
    "nobody answered within {0} s",
    "the answer was to stop",
    *GUARDS,
    "stopped before anything was energised",
    "no bench is open; nothing was sent",
    "{0}; OUTPUTS MAY STILL BE ON: {1}",
    "UNCALIBRATED bench: data-sheet uncertainties apply",
    "bench calibrated {0} against {1}",
    ("{0} ({1}) did not answer within {2} s; check that it is on, and that no other program "
     "holds it"),
    "{0}: nothing answers at {1} ({2}); check power, cable and address; nothing was sent",
    "{0}: a {1} was expected at {2}, but {3} answers; nothing was switched on",
    "{0} ({1}) refused {2}: {3}",
    "the bench was made safe while it was being energised",
)
"""How sentences are made, ``{0}`` and so on for what is put in."""


def translated(text: str) -> str:
    """A text of a declaration in the language of the window."""
    return QCoreApplication.translate("parameters", text)


def said(sentence: str) -> str:
    """A sentence of the controller in the language of the window, with the signs of print."""
    return typeset(_said(sentence))


def typeset(sentence: str) -> str:
    """Quantities as they are written: minus, µ, Ω and powers of ten."""
    for found, sign in _SIGNS:
        sentence = found.sub(sign, sentence)
    return _POWER.sub(_power_of, sentence)


def _power_of(found: re.Match[str]) -> str:
    """``10⁷`` for 1e+07, ``1.7·10⁻¹²`` for 1.7e-12."""
    before = "" if found[1] == "1" else f"{found[1]}·"
    return f"{before}10{str(int(found[2])).translate(_RAISED)}"


_SIGNS = (
    (re.compile(r"(?<![\w'])-(?=\d)"), "−"),
    (re.compile(r"(?<=\d )u(?=(?:A|C|F|J|S|V|W|eV|ohm|s)\b)"), "µ"),
    (re.compile(r"(?<=\d )([kMGTmµ]?)ohm\b"), r"\1Ω"),
    (re.compile(r"(?<=\d )m2\b"), "m²"),
)
"""What files and the command line write in ASCII; what somebody typed stands in quotes."""
_POWER = re.compile(r"(?<![\w.'])(\d+(?:\.\d+)?)e([+-]\d{2,3})\b")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _said(sentence: str) -> str:
    """The same, its parts as well."""
    if not sentence or _in_ours(SENTENCES[0]) == SENTENCES[0]:
        return sentence  # there is nothing in it, or the window speaks English
    for pattern, source in _patterns():
        if found := pattern.fullmatch(sentence):
            return _in_ours(source).format(*map(_said, found.groups()))
    before, colon, after = sentence.partition(": ")
    if colon:
        return f"{_said(before)}: {_said(after)}"
    return translated(sentence)


def _in_ours(source: str) -> str:
    return QCoreApplication.translate(CONTEXT, source)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What a sentence is matched with, the most definite first."""
    known = sorted(SENTENCES, key=lambda one: -len(re.sub(r"\{\d\}", "", one)))
    return tuple((re.compile(pattern_of(one), re.DOTALL), one) for one in known)


def pattern_of(source: str) -> str:
    """A regular expression for every sentence that is made this way."""
    return r"(.+?)".join(map(re.escape, re.split(r"\{\d\}", source)))


def percent(nrmse: float) -> str:
    """An nrmse as people compare them: ``13.7 %``."""
    if nrmse >= 9.995:  # three digits would be written with a power of ten
        return f"{100.0 * nrmse:.0f} %"
    return "< 0.01 %" if nrmse < 1e-4 else f"{100.0 * nrmse:.3g} %"
