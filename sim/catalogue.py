"""What simulates a bench, what a simulated device does beyond its model, and what checks a model,
by name; imported only when used."""

ENTRIES = {
    "model": "memrig.sim.bench:open_model",
    "sweep": "memrig.sim.sweep:Sweep",
    "twin": "memrig.sim.twin.host:host",
    "nonidealities": "memrig.sim.nonidealities:NonIdealities",
    "check": "memrig.sim.models.checking:check",
}
