"""Models by name; imported only when used."""

ENTRIES = {
    "guseinov": "memrig.sim.models.guseinov:Guseinov",
    "yakopcic": "memrig.sim.models.yakopcic:Yakopcic",
}
