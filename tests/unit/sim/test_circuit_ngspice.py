"""The transient solver against ngspice: source resistance, R_s, capacitance and a device."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from memrig.hil.netlist import two_channel
from memrig.hil.waveform import Waveform
from memrig.sim.circuit import transient

NGSPICE = shutil.which("ngspice")
T_S = (0.0, 1e-8, 2e-5, 2.001e-5, 4e-5, 4.001e-5, 6e-5, 6.001e-5, 8e-5)
U_V = (0.0, 1.5, 1.5, 0.0, 0.0, -1.2, -1.2, 0.0, 0.0)
RATE, G_ON, G_OFF = 2e4, 1e-4, 5e-6


@dataclass(frozen=True)
class Drift:
    """Conductance grows with the flux, as in a linear ion drift."""

    bounds: tuple[float, float] = (0.0, 1.0)

    def rate_at(self, v_v: float, x: float) -> float:  # same face as a model
        return RATE * v_v

    def slope_at(self, v_v: float, x: float) -> float:  # same face as a model
        return x * G_ON + (1 - x) * G_OFF

    def current_at(self, v_v: float, x: float) -> float:
        return v_v * self.slope_at(v_v, x)


DECK = """two channels around a device
Vd in 0 PWL({pwl})
Rsrc in top 50
Bdut top bottom I=V(top,bottom)*(V(x)*{on}+(1-V(x))*{off})
Bx 0 x I={rate}*V(top,bottom)
Cx x 0 1
Rs bottom far 1k
Rfar far 0 50
Rp1 top 0 1e6
Rp2 bottom 0 1e6
Rp3 far 0 1e6
C1 top 0 115p
C2 bottom 0 115p
C3 far 0 115p
.ic V(x)=0.3 V(top)=0 V(bottom)=0 V(far)=0
.options reltol=1e-6 abstol=1e-15 vntol=1e-9
.control
tran 2n 8e-5 0 2n uic
wrdata {out} v(top) v(bottom) v(x)
quit 0
.endc
.end
"""


@pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
def test_a_dynamic_device_in_the_two_channel_bench_agrees_with_ngspice(tmp_path: Path) -> None:
    pwl = " ".join(f"{t:.9g} {v:g}" for t, v in zip(T_S, U_V, strict=True))
    deck = tmp_path / "deck.cir"
    deck.write_text(DECK.format(pwl=pwl, on=G_ON, off=G_OFF, rate=RATE, out=tmp_path / "out"),
                    encoding="utf-8")
    assert NGSPICE is not None
    subprocess.run([NGSPICE, "-b", str(deck)], check=True, capture_output=True, timeout=60,
                   cwd=tmp_path)
    rows = np.loadtxt(next(tmp_path.glob("out*")))
    at_s, top, bottom, x = rows[:, 0], rows[:, 1], rows[:, 3], rows[:, 5]
    solved = transient(two_channel(), Drift(), {"top_drive": Waveform(t_s=T_S, v_v=U_V)},
                       x0=0.3, stop_s=8e-5)
    for ours, theirs in ((solved.node_v["top"], top), (solved.node_v["bottom"], bottom),
                         (solved.x, x)):
        assert np.abs(solved.at(at_s, ours) - theirs).max() < 1e-3 * np.abs(theirs).max()
