"""Linear ion drift of the HP device, with the windows of the literature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from memrig.hil.parameters import parameter
from memrig.hil.profile import Profile
from memrig.sim.models._flows import Flow, stepped
from memrig.sim.models._law import Floats
from memrig.sim.models._model import ParameterSet, Value
from memrig.sim.models._separable import Pace
from memrig.sim.models._windowed import WINDOW_EQUATIONS, Windowed

_STRUKOV = "D. B. Strukov, G. S. Snider, D. R. Stewart, R. S. Williams, Nature 453:80 (2008)"
_BIOLEK = "Z. Biolek, D. Biolek, V. Biolkova, Radioengineering 18(2):210 (2009)"
_SOURCE = (
    f"{_STRUKOV}; windows: Y. N. Joglekar, S. J. Wolf, Eur. J. Phys. 30:661 (2009); {_BIOLEK}; "
    "T. Prodromakis et al., IEEE TED 58:3099 (2011); J. Zha, H. Huang, Y. Liu, IEEE TCAS-II "
    "63:423 (2016); S. Kvatinsky et al., IEEE TCAS-I 60:211 (2013)"
)


_JOGLEKAR: dict[str, Value] = {"window": "joglekar"}


def _published(
    values: Mapping[str, Value], x0: float, source: str, grade: str, *, peak_v: float,
    ohm: tuple[float, float], pulse_s: float,
) -> ParameterSet:
    """A set with a profile: the model has no threshold, so that a read is a tenth of a pulse."""
    profile = Profile(
        name="hp", v_set_v=peak_v, v_reset_v=-peak_v, v_read_max_v=0.1 * peak_v,
        v_max_v=2.0 * peak_v, v_min_v=-2.0 * peak_v, i_max_a=2.0 * peak_v / ohm[0],
        r_min_ohm=ohm[0], r_max_ohm=ohm[1], pulse_s=pulse_s, energy_max_j=1e3, state="formed",
        source=source,
    )
    return ParameterSet(values=values, x0=x0, source=source, grade=grade, profile=profile)


def _state(r_ohm: float, r_on_ohm: float, r_off_ohm: float) -> float:
    """The state that has a resistance."""
    return (r_off_ohm - r_ohm) / (r_off_ohm - r_on_ohm)


@dataclass(frozen=True, kw_only=True)
class Hp(Windowed):
    """Linear drift: x is the part of the film that is doped.

    A test bench of the theory: it has no threshold, so that every read moves it, and with a
    symmetric window (all but ``biolek`` and ``zha``) it remembers all past charge even at a bound,
    where a state that is rounded to 0 or 1 never leaves again. Not for repeated saturating pulses.
    """

    name: ClassVar[str] = "hp"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = (
        "\nR = Ron x + Roff (1 - x),  i = v/R\ndx/dt = k i F(x),  k = mobility Ron/thickness^2\n"
        + WINDOW_EQUATIONS)
    source: ClassVar[str] = _SOURCE
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "bench": _published(
            {"mobility": 1e-11}, _state(11e3, 100.0, 16e3),
            _BIOLEK + ", Fig. 5a, the mobility and the frequency multiplied by 1000", "D",
            peak_v=1.2, ohm=(100.0, 16e3), pulse_s=1e-5),
        "strukov-fig2": _published(
            {"mobility": 1e-14, "window": "none"}, 0.5, _STRUKOV + ", Fig. 2", "R", peak_v=1.0,
            ohm=(100.0, 16e3), pulse_s=1e-2),
        "biolek-5a": _published(
            {**_JOGLEKAR, "mobility": 1e-14, "p": 10.0}, _state(11e3, 100.0, 16e3),
            _BIOLEK + ", Fig. 5a", "T", peak_v=1.2, ohm=(100.0, 16e3), pulse_s=1e-2),
        "biolek-5b": _published(
            {**_JOGLEKAR, "mobility": 1e-14, "p": 10.0, "r_off_ohm": 38e3},
            _state(28e3, 100.0, 38e3), _BIOLEK + ", Fig. 5b", "T", peak_v=1.5,
            ohm=(100.0, 38e3), pulse_s=1e-2),
        "biolek-5c": _published(
            {**_JOGLEKAR, "mobility": 1e-14, "p": 10.0, "r_off_ohm": 5e3}, _state(1e3, 100.0, 5e3),
            _BIOLEK + ", Fig. 5c, hard switching", "T", peak_v=2.0, ohm=(100.0, 5e3),
            pulse_s=1e-2),
        "biolek-listing": _published(
            {"mobility": 1e-14, "p": 1.0, "r_on_ohm": 1e3, "r_off_ohm": 100e3, "window": "biolek"},
            _state(80e3, 1e3, 100e3), _BIOLEK + ", listing", "T", peak_v=1.2, ohm=(1e3, 100e3),
            pulse_s=1e-2),
        "biolek-2013": _published(
            {**_JOGLEKAR, "mobility": 1e-14, "p": 1.0, "r_off_ohm": 10e3}, _state(5e3, 100.0, 10e3),
            "D. Biolek, M. Di Ventra, Y. V. Pershin, Radioengineering 22(4):945 (2013), R.1", "T",
            peak_v=1.0, ohm=(100.0, 10e3), pulse_s=1e-2),
        "review-joglekar": _published(
            {**_JOGLEKAR, "mobility": 5e-14, "p": 7.0, "r_off_ohm": 10e3, "thickness_m": 12e-9},
            0.56, "review of Yakopcic et al., Joglekar's window", "S", peak_v=1.0,
            ohm=(100.0, 10e3), pulse_s=1e-2),
        "review-biolek": _published(
            {"mobility": 4e-14, "p": 7.0, "r_off_ohm": 1e3, "thickness_m": 16e-9,
             "window": "biolek"}, 0.076, "review of Yakopcic et al., Biolek's window", "S",
            peak_v=1.0, ohm=(100.0, 1e3), pulse_s=1e-2),
        "tiotto-sine": _published(
            {**_JOGLEKAR, "mobility": 1e-14, "p": 7.0, "r_on_ohm": 10e3, "r_off_ohm": 100e3,
             "thickness_m": 27e-9}, 0.1, "T. Tiotto's collection of models, sine", "S",
            peak_v=1.0, ohm=(10e3, 100e3), pulse_s=1e-2),
        "tiotto-pulsed": _published(
            {**_JOGLEKAR, "mobility": 2e-14, "p": 2.0, "r_on_ohm": 1e3, "r_off_ohm": 10e3,
             "thickness_m": 85e-9}, 0.093, "T. Tiotto's collection of models, pulsed", "S",
            peak_v=1.0, ohm=(1e3, 10e3), pulse_s=1e-1),
        "kvatinsky-verilog": _published(
            {**_JOGLEKAR, "mobility": 1e-15, "p": 2.0, "r_off_ohm": 200e3, "thickness_m": 3e-9},
            0.5, "S. Kvatinsky's Verilog-A, defaults", "T", peak_v=1.0, ohm=(100.0, 200e3),
            pulse_s=1e-2),
    }
    rates: ClassVar[tuple[str, ...]] = ("mobility",)
    conduction: ClassVar[tuple[str, ...]] = ("r_on_ohm", "r_off_ohm")
    golden: ClassVar[Mapping[str, str]] = {
        "r_on_ohm": "Ron", "r_off_ohm": "Roff", "thickness_m": "D", "mobility": "mu",
        "window": "window", "p": "p_", "j": "j",
    }

    r_on_ohm: float = parameter(100.0, unit="ohm", low=1e-3, help="resistance of the doped film")
    r_off_ohm: float = parameter(16e3, unit="ohm", low=1e-3, help="resistance of the pure film")
    thickness_m: float = parameter(1e-8, unit="m", low=1e-10, help="thickness of the film")
    mobility: float = parameter(1e-11, unit="1", low=0.0, help="mobility of the ions, m2/(V s)")

    def validate(self) -> None:
        """The doped film conducts better."""
        super().validate()
        self.ascending("r_on_ohm", "r_off_ohm")

    @property
    def closed_form(self) -> bool:
        """The state is a function of the flux, with a window, too."""
        return True

    @property
    def native_kinks(self) -> tuple[float, ...]:
        """The direction of the motion changes at 0 V."""
        return (0.0,)

    @property
    def _k(self) -> float:
        """dx/dt per ampere."""
        return self.mobility * self.r_on_ohm / self.thickness_m**2

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second."""
        i_a = self.native_current_at(v_v, x)
        return self._k * i_a * self.window_at(i_a, x)

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return v_v / self._ohm_at(x)

    def native_slope_at(self, v_v: float, x: float) -> float:
        """di/dv at one point, siemens; the same at every voltage."""
        del v_v
        return 1.0 / self._ohm_at(x)

    def _ohm_at(self, x: float) -> float:
        return self.r_on_ohm * x + self.r_off_ohm * (1.0 - x)

    def native_flow(self, v0_v: Floats, v1_v: Floats, dt_s: Floats) -> Flow:
        """The integral of R/F over the state grows by k times the flux."""
        if self.window == "none":
            return self._drifted(self._for_arrays("native_action_at", v0_v, v1_v, dt_s))
        return self.windowed(v0_v, v1_v, dt_s)

    def native_action_at(self, v0_v: float, v1_v: float, dt_s: float) -> float:
        """The flux of a ramp, times k."""
        return self.height * 0.5 * self._k * (v0_v + v1_v) * dt_s

    @property
    def pull(self) -> Pace:
        """The resistance, by which the drift is divided."""
        return self._pull

    def _pull(self, x: Floats, rest: Floats) -> Floats:
        return self.r_on_ohm * x + self.r_off_ohm * rest

    def _drifted(self, actions: Floats) -> Flow:
        """Without a window: Roff x - (Roff - Ron) x^2/2 grows."""
        flux: list[float] = actions.tolist()
        r_off, less = self.r_off_ohm, self.r_off_ohm - self.r_on_ohm

        def over(ramp: int, x: float) -> float:
            # Not as a difference of squares of nearly equal resistances: a small step stays exact.
            r_ohm = r_off - less * x
            left = r_ohm * r_ohm - 2.0 * less * flux[ramp]
            if left <= self.r_on_ohm**2:
                return 1.0
            return max(x + 2.0 * flux[ramp] / (r_ohm + math.sqrt(left)), 0.0)

        return stepped(over, len(flux))
