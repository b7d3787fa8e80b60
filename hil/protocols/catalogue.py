"""Protocols by name; imported only when used."""

ENTRIES = {
    "read": "memrig.hil.protocols.read:Read",
    "pulse": "memrig.hil.protocols.pulse:Pulse",
    "iv-sweep": "memrig.hil.protocols.iv_sweep:IvSweep",
    "pulse-series": "memrig.hil.protocols.pulse_series:PulseSeries",
    "stdp": "memrig.hil.protocols.stdp:Stdp",
}
