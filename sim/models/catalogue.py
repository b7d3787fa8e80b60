"""Models by name; imported only when used."""

ENTRIES = {
    "guseinov": "memrig.sim.models.guseinov:Guseinov",
    "yakopcic": "memrig.sim.models.yakopcic:Yakopcic",
    "hp": "memrig.sim.models.hp:Hp",
    "vteam": "memrig.sim.models.vteam:Vteam",
    "team": "memrig.sim.models.team:Team",
    "chang": "memrig.sim.models.chang:Chang",
    "stanford-pku": "memrig.sim.models.stanford_pku:StanfordPku",
    "messaris": "memrig.sim.models.messaris:Messaris",
    "mss": "memrig.sim.models.mss:Mss",
    "pickett": "memrig.sim.models.pickett:Pickett",
    "pershin": "memrig.sim.models.pershin:Pershin",
}
