"""What simulates a bench, what a simulated device does beyond its model, and what checks a model or
writes it for another simulator, by name; imported only when used."""

ENTRIES = {
    "model": "memrig.sim.bench:open_model",
    "sweep": "memrig.sim.sweep:Sweep",
    "twin": "memrig.sim.twin.host:host",
    "fault": "memrig.sim.twin.faults:Fault",
    "faults": "memrig.sim.twin.faults:KINDS",
    "nonidealities": "memrig.sim.nonidealities:NonIdealities",
    "spice": "memrig.sim.spice:subcircuit",
    "check": "memrig.sim.models.checking:check",
}
