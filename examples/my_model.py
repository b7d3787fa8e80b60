"""A model of one's own in a file: a volatile threshold switch (diffusive memristor).

    memrig models examples/my_model.py --check
    memrig run pulse --model examples/my_model.py -p level=0.8V

Above a threshold of either sign silver forms a filament within microseconds; without a voltage it
dissolves by itself. Form: tau(v) dx/dt = x_inf(v) - x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from memrig.hil import Profile
from memrig.hil.parameters import parameter
from memrig.sim.models import Model, ParameterSet

PROFILE = Profile(
    name="diffusive", v_set_v=0.8, v_reset_v=-0.1, v_read_max_v=0.1, v_max_v=1.5, v_min_v=-1.5,
    i_max_a=1e-3, r_min_ohm=5e3, r_max_ohm=1e7, pulse_s=1e-4, state="formed",
    source="an illustration")


@dataclass(frozen=True, kw_only=True)
class Diffusive(Model):
    """Volatile threshold switch: conducts while driven, and forgets."""

    name: ClassVar[str] = "diffusive"
    native_polarity: ClassVar[int] = 1
    equations: ClassVar[str] = """
dx/dt = (x_inf - x)/tau,  x_inf = 1/(1 + exp[(Vt - |v|)/Vw])
1/tau = x_inf/tau_on + (1 - x_inf)/tau_off
i = v [G_off + (G_on - G_off) x]
"""
    source: ClassVar[str] = "practical form after Z. Wang et al., Nat. Mater. 16:101 (2017)"
    sets: ClassVar[Mapping[str, ParameterSet]] = {
        "illustration": ParameterSet(values={}, x0=0.0, source="values chosen to be seen",
                                     grade="D", profile=PROFILE)}

    v_t_v: float = parameter(0.4, unit="V", low=0.0, help="threshold of either sign")
    v_w_v: float = parameter(0.03, unit="V", low=1e-3, help="how sharp it is")
    tau_on_s: float = parameter(2e-5, unit="s", low=1e-12, help="time to form")
    tau_off_s: float = parameter(1e-3, unit="s", low=1e-12, help="time to dissolve")
    g_on_siemens: float = parameter(1e-4, unit="S", low=0.0, help="conductance when formed")
    g_off_siemens: float = parameter(1e-7, unit="S", low=0.0, help="conductance when dissolved")

    def native_rate_at(self, v_v: float, x: float) -> float:
        """dx/dt at one point, per second."""
        formed = self._formed_at(abs(v_v))
        rate_hz = formed / self.tau_on_s + (1.0 - formed) / self.tau_off_s
        return (formed - x) * rate_hz

    def _formed_at(self, level_v: float) -> float:
        """The state that a level leads to."""
        return 1.0 / (1.0 + math.exp(min((self.v_t_v - level_v) / self.v_w_v, 700.0)))

    def native_current_at(self, v_v: float, x: float) -> float:
        """Current at one point, amperes."""
        return v_v * (self.g_off_siemens + (self.g_on_siemens - self.g_off_siemens) * x)


if __name__ == "__main__":
    from memrig.hil import Waveform
    from memrig.sim import simulate

    pulse = Waveform(t_s=[0.0, 0.0, 1e-4, 1e-4, 3e-3], v_v=[0.0, 0.8, 0.8, 0.0, 0.0])
    done = simulate(Diffusive(), pulse, x0=0.0, integrator="rk4")
    print(f"formed to {done.x.max():.3f}, after 2.9 ms {done.x[-1]:.3f} are left")
