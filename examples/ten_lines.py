"""Spike-timing-dependent plasticity on simulated instruments, overlaid with the Euler model."""

from memrig.hil import Overlay, Store, execute, open_bench
from memrig.hil.protocols import Stdp
from memrig.hil.report import write
from memrig.sim import SimulatedBench, models

model = SimulatedBench(models.create("guseinov"), integrator="auto")
with Store.open("example.sqlite") as store, open_bench("twin") as bench:
    run = execute(Stdp(), bench, overlay=Overlay(bench=model), store=store, seed=1)
    write(store.load(run.id), "stdp.html")
print(run.result.values["dw_article_percent"], run.comparison.chi2_dg)
