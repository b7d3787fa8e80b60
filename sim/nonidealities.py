"""What a real device does and its model does not: one declaration, everything off by default.

Numbers after effects are sources: Milo 2021, Wan 2022 and Joshi 2020 fitted the error that
programming leaves; Chen, Peng and Yu, NeuroSim, the variation from pulse to pulse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from memrig.hil.errors import RequestError
from memrig.hil.parameters import Parameters, parameter
from memrig.hil.units import format_quantity
from memrig.sim.spread import Spread

OFF = "off"


@dataclass(frozen=True, kw_only=True)
class NonIdealities(Parameters):
    """Variation, noise, drift and faults of a simulated device; what is 0 or off does nothing.

    They are the truth of a simulated device only: overlays, fits and dry runs use the model as it
    is. Everything random comes from a seed, in streams of one device and one effect each, so that
    no effect changes another's numbers and no step of an integrator changes any.

    A *pulse* is a stretch of the drive beyond the largest read voltage of the model's profile, of
    one sign, in which the model moves. A *cycle* goes from one change of sign to the next but
    one. The *range* is that of the conductance at that read voltage, between the model's bounds.
    """

    name: ClassVar[str] = "non-idealities"
    source: ClassVar[str] = (
        "Chen et al., NeuroSim; Rasch et al., aihwkit; Li et al., SIMBRAIN; Gokmen and Vlasov, "
        "Front. Neurosci. 10:333 (2016); Milo et al., IRPS (2021); Wan et al., Nature 608 (2022); "
        "Joshi et al., Nat. Commun. 11:2473 (2020)"
    )
    needs: ClassVar[Mapping[str, str]] = {
        "stuck_off_share": "stuck", "threshold_cycle_law": "threshold_cycle",
        "wander_rel": "wander", "wander_tau_s": "wander", "switching_v0_v": "switching_tau0_s",
        "drift_nu": "drift", "drift_nu_spread": "drift", "drift_t0_s": "drift",
        "retention_exponent": "retention_tau_s", "read_bandwidth_hz": "read_noise",
        "flicker_exponent": "flicker", "flicker_low_hz": "flicker", "flicker_high_hz": "flicker",
        "telegraph_low_s": "telegraph", "telegraph_high_s": "telegraph",
    }
    """What changes nothing without another."""
    lasting: ClassVar[tuple[str, ...]] = (
        "rate_spread", "threshold_spread", "conduction_spread", "spread", "stuck",
        "stuck_off_share")
    """What a device has for its whole life; all else acts in time."""

    rate_spread: float = parameter(
        0.0, unit="1", low=0.0, high=5.0,
        help="device to device: spread of the rates, lognormal, relative")
    threshold_spread: float = parameter(
        0.0, unit="1", low=0.0, high=2.0,
        help="device to device: spread of the thresholds, lognormal, relative")
    conduction_spread: float = parameter(
        0.0, unit="1", low=0.0, high=1.0,
        help="device to device: spread of what bounds the conductance, normal, relative")
    spread: tuple[str, ...] = parameter(
        (), unit="", help="device to device: parameters by name, e.g. r_set=30% lognormal, a0=5%")
    stuck: float = parameter(
        0.0, unit="1", low=0.0, high=1.0,
        help="share of devices that never switch; 0 to 13.5 % in published arrays")
    stuck_off_share: float = parameter(
        0.9, unit="1", low=0.0, high=1.0, advanced=True,
        help="of these, the share that is stuck at the lowest conductance")
    pulse_noise: float = parameter(
        0.0, unit="1", low=0.0, high=1.0,
        help="pulse to pulse: what a pulse adds to the conductance, of its range; 0.5 to 5 %")
    step_noise: float = parameter(
        0.0, unit="1", low=0.0, high=10.0,
        help="pulse to pulse: the change by a pulse times 1 + this times a normal number")
    threshold_cycle: float = parameter(
        0.0, unit="1", low=0.0, high=0.5,
        help="cycle to cycle: spread of the thresholds, relative; 5 to 15 %")
    threshold_cycle_law: str = parameter(
        "normal", unit="", choices=("normal", "weibull"), advanced=True,
        help="cycle to cycle: the distribution of the thresholds")
    diffusion: float = parameter(
        0.0, unit="1", low=0.0, high=1e6,
        help="while a pulse lasts: random walk of the state, of its range, per square root of 1 s")
    wander: str = parameter(
        OFF, unit="", help="a rate or threshold of the model that wanders in time, by its name")
    wander_rel: float = parameter(
        0.1, unit="1", low=0.0, high=0.5, advanced=True,
        help="standard deviation of the parameter that wanders, relative")
    wander_tau_s: float = parameter(
        1e-3, unit="s", low=1e-12, advanced=True,
        help="time in which the parameter that wanders forgets")
    switching_tau0_s: float = parameter(
        0.0, unit="s", low=0.0,
        help="mean wait for switching at 0 V, exponential: 0 does not wait; 2.85e5 s for Ag/a-Si")
    switching_v0_v: float = parameter(
        0.156, unit="V", low=1e-3, advanced=True,
        help="the voltage that shortens the wait e-fold")
    programming: str = parameter(
        OFF, unit="", choices=(OFF, "rram-milo", "rram-wan", "pcm-joshi"),
        help="error of the conductance after each pulse, drawn anew by it, as measured")
    drift: str = parameter(
        OFF, unit="", choices=(OFF, "power", "pcm"),
        help="G = G0 (t/t0)^-nu from t0 after a pulse on; pcm: nu and its spread from G")
    drift_nu: float = parameter(
        0.1, unit="1", low=-1.0, high=1.0, help="exponent of the drift by a power")
    drift_nu_spread: float = parameter(
        0.0, unit="1", low=0.0, high=1.0, advanced=True,
        help="standard deviation of the exponent from pulse to pulse")
    drift_t0_s: float = parameter(
        20.0, unit="s", low=1e-12, help="when the drift begins, after a pulse")
    retention_tau_s: float = parameter(
        0.0, unit="s", low=0.0,
        help="G = G0 exp[-(t/tau)^b] after a pulse: tau; 0 keeps for ever, SIMBRAIN has 80 s")
    retention_exponent: float = parameter(
        1.07, unit="1", low=0.01, high=10.0, advanced=True, help="the b of retention")
    read_noise: float = parameter(
        0.0, unit="1", low=0.0, high=1.0,
        help="white noise of the current in its bandwidth, standard deviation, relative")
    read_bandwidth_hz: float = parameter(
        1e6, unit="Hz", low=1e-6, advanced=True,
        help="corner of the white noise; samples further apart are independent")
    flicker: float = parameter(
        0.0, unit="1", low=0.0, high=0.1,
        help="A of 1/f noise, S = A I^2/f^a; 1e-8 to 1e-4 in published devices")
    flicker_exponent: float = parameter(
        1.0, unit="1", low=0.8, high=1.3, advanced=True, help="the a of 1/f noise")
    flicker_low_hz: float = parameter(
        1e-3, unit="Hz", low=1e-9, advanced=True, help="below, the 1/f noise is white")
    flicker_high_hz: float = parameter(
        1e6, unit="Hz", low=1e-8, advanced=True, help="above, the 1/f noise falls as 1/f^2")
    pcm_noise: bool = parameter(
        False, unit="", help="read noise of phase-change memory: one number for each block of a "
        "run, which grows with the time since the last pulse")
    telegraph: float = parameter(
        0.0, unit="1", low=0.0, high=1.0,
        help="random telegraph noise: rise of the current, relative; 0.1 to 30 %")
    telegraph_low_s: float = parameter(
        1e-3, unit="s", low=1e-12, help="random telegraph noise: mean stay at the low current")
    telegraph_high_s: float = parameter(
        1e-3, unit="s", low=1e-12, help="random telegraph noise: mean stay at the high current")

    def validate(self) -> None:
        """What is asked must mean something together."""
        changed = self.changed
        for name, owner in self.needs.items():
            if name in changed and owner not in changed:
                message = (
                    f"{self.name}: {name} was asked without {owner}; it would change nothing")
                raise RequestError(message)
        if not self.flicker_low_hz < self.flicker_high_hz:
            message = (
                f"{self.name}: flicker_low_hz {format_quantity(self.flicker_low_hz, 'Hz')} and "
                f"flicker_high_hz {format_quantity(self.flicker_high_hz, 'Hz')} were asked; "
                "flicker_low_hz must be the smaller")
            raise RequestError(message)
        for text in self.spread:
            Spread.parse(text)

    @property
    def changed(self) -> dict[str, Any]:
        """Every value that is not the default, as JSON holds it; empty where all is ideal."""
        plain = self.to_json()
        return {name: plain[name] for name in super().changed}

    @property
    def is_ideal(self) -> bool:
        """Whether nothing is switched on."""
        return not self.changed

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """The parameters that are named to vary from device to device."""
        return tuple(map(Spread.parse, self.spread))
