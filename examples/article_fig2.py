"""The article's Fig. 2: a 3 V sine of 100 samples of 1e-5 s, and what the coarse step costs."""

from memrig.hil import Profile, execute
from memrig.hil.protocols import IvSweep
from memrig.sim import SimulatedBench, models

preset = IvSweep.preset("article-fig2")
protocol = IvSweep.from_text(preset.parameters)
profile = Profile.from_mapping(preset.profile)
for step_s in (1e-5, 1e-6, 1e-7):
    bench = SimulatedBench(models.create("guseinov"), integrator="euler", step_s=step_s, x0=1.0)
    run = execute(protocol, bench, profile=profile, seed=1)
    trace = run.main[0].trace(0, 0)
    peak = trace.i_a.argmax()
    print(f"step {step_s:g} s: RESET peak {trace.i_a[peak] * 1e3:.3f} mA at "
          f"{trace.v_dut_v[peak]:.3f} V, error {bench.describe().settings['error_rel']:.1e}")
