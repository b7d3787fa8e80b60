"""The settings of a simulated B2900 source/measure unit, with their ranges.

Ref: Agilent B2900 Series SCPI Command Reference, B2910-90030, edition 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from memrig.sim.twin.table import Flag, Number, Settings, Word, nr1

INTERVAL_MIN_S, PULSE_MIN_S, LIST_MAX, VOLTS_MAX, LINE_HZ = 20e-6, 50e-6, 2500, 210.0, 50.0
TRIGGERS = ("AINTernal", "BUS", "TIMer", "INT1", "INT2", "LAN", "EXT1", "EXT2")
Check = Callable[[int, Any], None]


def declare_source(settings: Settings, check_level: Check, check_ampere: Check) -> None:
    """Levels, lists, pulses."""
    add, volts = settings.add, Number(low=-VOLTS_MAX, high=VOLTS_MAX, unit="V")
    add("mode", "[SOURce#:]FUNCtion:MODE", Word(("VOLTage", "CURRent")))
    add("shape", "[SOURce#:]FUNCtion[:SHAPe]", Word(("DC", "PULSe")))
    add("continuous", "[SOURce#:]FUNCtion:TRIGgered:CONTinuous", Flag())
    add("level", "[SOURce#:]VOLTage[:LEVel][:IMMediate][:AMPLitude]", volts,
        check=check_level)
    add("triggered", "[SOURce#:]VOLTage[:LEVel]:TRIGgered[:AMPLitude]", volts,
        check=check_level)
    add("range", "[SOURce#:]VOLTage:RANGe",
        Number(low=0.0, high=200.0, unit="V", default=2.0))
    add("autorange", "[SOURce#:]VOLTage:RANGe:AUTO", Flag(), True)
    add("sweep", "[SOURce#:]VOLTage:MODE", Word(("FIXed", "SWEep", "LIST")))
    add("list_start", "[SOURce#:]LIST:VOLTage:STARt",
        Number(low=1, high=LIST_MAX, default=1), reply=nr1)
    add("start", "[SOURce#:]VOLTage:STARt", volts)
    add("stop", "[SOURce#:]VOLTage:STOP", volts)
    add("points", "[SOURce#:]VOLTage:POINts", Number(low=1, high=LIST_MAX, default=1),
        reply=nr1)
    add("stair", "[SOURce#:]SWEep:STAir", Word(("SINGle", "DOUBle")))
    add("direction", "[SOURce#:]SWEep:DIRection", Word(("UP", "DOWN")))
    add("ranging", "[SOURce#:]SWEep:RANGing", Word(("BEST", "AUTO", "FIXed")))
    add("width", "[SOURce#:]PULSe:WIDTh",
        Number(low=PULSE_MIN_S, high=1e5, unit="S", default=PULSE_MIN_S))
    add("pulse_delay", "[SOURce#:]PULSe:DELay", Number(low=0.0, high=1e5, unit="S"))
    add("ampere_level", "[SOURce#:]CURRent[:LEVel][:IMMediate][:AMPLitude]",
        Number(low=-3.0, high=3.0, unit="A"), check=check_ampere)
    add("ampere_triggered", "[SOURce#:]CURRent[:LEVel]:TRIGgered[:AMPLitude]",
        Number(low=-3.0, high=3.0, unit="A"), check=check_ampere)
    add("ampere_mode", "[SOURce#:]CURRent:MODE", Word(("FIXed", "SWEep", "LIST")))
    add("source_wait", "[SOURce#:]WAIT[:STATe]", Flag(), True)


def declare_sense(settings: Settings) -> None:
    """Limits, ranges, apertures."""
    add = settings.add
    add("limit", "SENSe#:CURRent[:DC]:PROTection[:LEVel][:BOTH]",
        Number(low=1e-9, high=3.03, unit="A", default=1e-4))
    add("limit_positive", "SENSe#:CURRent[:DC]:PROTection[:LEVel]:POSitive",
        Number(low=1e-9, high=3.03, unit="A", default=1e-4))
    add("limit_negative", "SENSe#:CURRent[:DC]:PROTection[:LEVel]:NEGative",
        Number(low=-3.03, high=-1e-9, unit="A", default=-1e-4))
    add("volt_limit", "SENSe#:VOLTage[:DC]:PROTection[:LEVel][:BOTH]",
        Number(low=0.02, high=VOLTS_MAX, unit="V", default=2.0))
    plc, aperture = Number(low=4e-4, high=100.0, default=1.0), Number(
        low=8e-6, high=2.0, unit="S", default=0.02)
    for head in ("CURRent", "VOLTage"):
        add("cycles", f"SENSe#:{head}[:DC]:NPLCycles", plc)
        add("aperture", f"SENSe#:{head}[:DC]:APERture", aperture)
        add("aperture_auto", f"SENSe#:{head}[:DC]:APERture:AUTO", Flag(), True)
    add("amperes", "SENSe#:CURRent[:DC]:RANGe[:UPPer]",
        Number(low=0.0, high=3.0, unit="A", default=1e-4))
    add("amperes_auto", "SENSe#:CURRent[:DC]:RANGe:AUTO", Flag(), True)
    add("amperes_least", "SENSe#:CURRent[:DC]:RANGe:AUTO:LLIMit",
        Number(low=0.0, high=3.0, unit="A", default=1e-7))
    add("amperes_how", "SENSe#:CURRent[:DC]:RANGe:AUTO:MODE",
        Word(("NORMal", "RESolution", "SPEed")))
    add("volts", "SENSe#:VOLTage[:DC]:RANGe[:UPPer]",
        Number(low=0.0, high=200.0, unit="V", default=2.0))
    add("volts_auto", "SENSe#:VOLTage[:DC]:RANGe:AUTO", Flag(), True)
    add("remote", "SENSe#:REMote", Flag())
    add("sense_wait", "SENSe#:WAIT[:STATe]", Flag(), True)


def declare_rest(settings: Settings) -> None:
    """Outputs, triggers, formats."""
    add = settings.add
    add("output", "OUTPut#[:STATe]", Flag())
    add("protection", "OUTPut#:PROTection[:STATe]", Flag())
    add("off_mode", "OUTPut#:OFF:MODE", Word(("NORMal", "ZERO", "HIZ")))
    add("off_auto", "OUTPut#:OFF:AUTO", Flag())
    add("on_auto", "OUTPut#:ON:AUTO", Flag(), True)
    add("low", "OUTPut#:LOW", Word(("GROund", "FLOat")))
    add("capacitive", "OUTPut#:HCAPacitance[:STATe]", Flag())
    add("filter", "OUTPut#:FILTer[:LPASs][:STATe]", Flag(), True)
    add("filter_auto", "OUTPut#:FILTer[:LPASs]:AUTO", Flag(), True)
    for name, default in (("source", "AINT"), ("count", 1.0), ("timer", INTERVAL_MIN_S),
                          ("delay", 0.0)):
        for layer in ("TRAN", "ACQ"):
            settings.define(f"{layer}.{name}", default)
    add("arm", "ARM#[:ALL]:SOURce", Word(TRIGGERS))
    add("arm_count", "ARM#[:ALL]:COUNt", Number(low=1, high=1e5, default=1))
    add("arm_delay", "ARM#[:ALL]:DELay", Number(low=0, high=1e5, unit="S"))
    add("order", "FORMat:BORDer", Word(("NORMal", "SWAPped")))
    add("line", "SYSTem:LFRequency", Number(low=50, high=60, unit="HZ", default=LINE_HZ))
    settings.define("format", "ASC")
