"""What simulates a bench, and what a simulated device does beyond its model, by name; imported
only when used."""

ENTRIES = {
    "model": "memrig.sim.bench:open_model",
    "twin": "memrig.sim.twin.host:host",
    "nonidealities": "memrig.sim.nonidealities:NonIdealities",
}
