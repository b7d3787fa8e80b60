"""What simulates a bench, by name; imported only when used."""

ENTRIES = {
    "model": "memrig.sim.bench:open_model",
    "twin": "memrig.sim.twin.host:host",
}
