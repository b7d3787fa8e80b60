"""Kinds of benches by name; imported only when used."""

ENTRIES = {
    "awg-scope-two": "memrig.drivers.awg_scope:open_two_channel",
    "awg-scope-single": "memrig.drivers.awg_scope:open_single_channel",
    "smu-one": "memrig.drivers.smu_bench:open_one_channel",
    "smu-two": "memrig.drivers.smu_bench:open_two_channel",
}
