"""The article's Fig. 3/4: program pulse, then a read that does not disturb; both polarities."""

from memrig.hil import Overlay, execute, open_bench
from memrig.hil.protocols import PulseSeries
from memrig.sim import SimulatedBench, models

model = SimulatedBench(models.create("guseinov"), integrator="auto")
with open_bench("twin") as bench:
    run = execute(PulseSeries(), bench, overlay=Overlay(bench=model), seed=1)
values = run.result.values
rows = zip(values["polarity"], values["conductance_siemens"], values["u_siemens"], strict=True)
for number, (polarity, g_siemens, u_siemens) in enumerate(rows):
    print(f"{number:4d}  {polarity:+d}  {g_siemens * 1e6:8.3f} uS ± {u_siemens * 1e6:.3f} uS")
