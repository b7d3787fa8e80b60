"""Keysight 33522B, a two-channel arbitrary waveform generator, simulated.

Ref: Agilent 33500 Series User's Guide, 33520-90001, 3rd edition, 2010. Numbers of the errors
above 700 and the rate limit without filter are not confirmed by a second source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.sim.twin.errors import AwgFigures, Hidden
from memrig.sim.twin.shaping import cycle_of
from memrig.sim.twin.table import (
    Command,
    Data,
    Flag,
    InstrumentError,
    Number,
    Settings,
    Text,
    Word,
    conflict,
    number,
    out_of_range,
)
from memrig.sim.twin.world import World

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int16]
POINTS_MIN, POINTS_MAX, MEMORY = 8, 1_000_000, 1_000_000
RATE_MAX_HZ, RATE_OFF_MAX_HZ = 250e6, 62.5e6
OUTPUT_OHM, EMF_MAX_V = 50.0, 10.0
BUILTIN = "INT:\\BUILTIN\\EXP_RISE.ARB"
FUNCTIONS = ("SINusoid", "SQUare", "TRIangle", "RAMP", "PULSe", "DC", "ARBitrary", "NOISe", "PRBS")
TRIGGER_PULSE_S = 1e-6
SHAPE_POINTS = 128


@dataclass
class _Channel:
    """Hidden errors and volatile memory of one output."""

    source: str
    gain: float
    offset_rel: float
    offset_v: float
    bend: float
    late_s: float
    noise: np.random.Generator
    arbs: dict[str, Codes] = field(default_factory=dict)
    until_s: float = -1.0


class Keysight33522B:
    """The instrument behind the command table.

    :param sources: netlist sources that channels 1 and 2 drive.
    """

    identity = "Agilent Technologies,33522B,{serial},2.09-1.19-2.00-52-00"

    def __init__(
        self, world: World, sources: tuple[str, ...] = ("top_drive", "bottom_drive"), *,
        serial: str = "TWIN000001", figures: AwgFigures | None = None, name: str = "awg",
    ) -> None:
        self.world, self.serial = world, serial
        self.figures = figures or AwgFigures()
        self.hidden = Hidden(world.seed, name)
        self.channels = [self._channel(k, source) for k, source in enumerate(sources, 1)]
        self.settings = Settings(len(sources), self._changed)
        self._declare()
        self.commands = [*self.settings.commands, *self._actions()]
        self.uploads = 0
        self.broken: set[str] = set()
        self.settings.reset()

    def _channel(self, k: int, source: str) -> _Channel:
        f, h = self.figures, self.hidden
        return _Channel(
            source, h.within(f"gain{k}", f.level_rel), h.within(f"offset{k}", f.offset_rel),
            h.within(f"zero{k}", f.offset_v), h.within(f"bend{k}", f.linearity_rel),
            h.within("skew", f.skew_s) + f.skew_s if k == 2 else f.skew_s,
            h.stream(f"noise{k}"),
        )

    def _declare(self) -> None:
        add, source = self.settings.add, "[SOURce#:]"
        add("function", f"{source}FUNCtion[:SHAPe]", Word(FUNCTIONS))
        add("frequency", f"{source}FREQuency[:CW]", Number(low=1e-6, high=30e6, unit="HZ",
                                                          default=1e3))
        add("offset", f"{source}VOLTage[:LEVel][:IMMediate]:OFFSet",
            Number(low=-EMF_MAX_V, high=EMF_MAX_V, unit="V"), check=self._check_offset)
        add("unit", f"{source}VOLTage:UNIT", Word(("VPP", "VRMS", "DBM")))
        add("autorange", f"{source}VOLTage:RANGe:AUTO", Flag(), True)
        add("limited", f"{source}VOLTage:LIMit:STATe", Flag())
        add("limit_high", f"{source}VOLTage:LIMit:HIGH",
            Number(low=-EMF_MAX_V, high=EMF_MAX_V, unit="V", default=EMF_MAX_V))
        add("limit_low", f"{source}VOLTage:LIMit:LOW",
            Number(low=-EMF_MAX_V, high=EMF_MAX_V, unit="V", default=-EMF_MAX_V))
        add("rate", f"{source}FUNCtion:ARBitrary:SRATe",
            Number(low=1e-6, high=RATE_MAX_HZ, default=40e3), check=self._check_rate)
        add("filter", f"{source}FUNCtion:ARBitrary:FILTer", Word(("STEP", "NORMal", "OFF")),
            check=self._check_filter)
        add("advance", f"{source}FUNCtion:ARBitrary:ADVance", Word(("SRATe", "TRIGger")))
        self._declare_burst(source)
        self._declare_outputs()

    def _declare_burst(self, source: str) -> None:
        add = self.settings.add
        add("burst", f"{source}BURSt:STATe", Flag())
        add("burst_mode", f"{source}BURSt:MODE", Word(("TRIGgered", "GATed")))
        add("cycles", f"{source}BURSt:NCYCles",
            Number(low=1, high=1e8, default=1, infinity=True))
        add("phase", f"{source}BURSt:PHASe", Number(low=-360, high=360))
        add("period", f"{source}BURSt:INTernal:PERiod",
            Number(low=1e-6, high=8e3, unit="S", default=10e-3))
        add("trigger", "TRIGger#:SOURce", Word(("IMMediate", "EXTernal", "TIMer", "BUS")))
        add("slope", "TRIGger#:SLOPe", Word(("POSitive", "NEGative")))
        add("delay", "TRIGger#:DELay", Number(low=0, high=1000, unit="S"))
        add("timer", "TRIGger#:TIMer", Number(low=1e-6, high=8e3, unit="S", default=1.0))
        add("count", "TRIGger#:COUNt", Number(low=1, high=1e6, default=1))

    def _declare_outputs(self) -> None:
        add = self.settings.add
        add("output", "OUTPut#[:STATe]", Flag())
        add("load", "OUTPut#:LOAD", Number(low=1, high=10e3, unit="OHM", default=50,
                                           infinity=True), check=self._check_load)
        add("polarity", "OUTPut#:POLarity", Word(("NORMal", "INVerted")))
        add("sync", "OUTPut:SYNC[:STATe]", Flag(), True)
        add("sync_source", "OUTPut:SYNC:SOURce", Word(("CH1", "CH2")))
        add("sync_mode", "OUTPut#:SYNC:MODE", Word(("NORMal", "CARRier", "MARKer")))
        add("sync_polarity", "OUTPut#:SYNC:POLarity", Word(("NORMal", "INVerted")))
        add("marker", "MARKer:POINt", Number(low=1, high=POINTS_MAX, default=4))
        add("trigger_out", "OUTPut:TRIGger[:STATe]", Flag())
        add("trigger_slope", "OUTPut:TRIGger:SLOPe", Word(("POSitive", "NEGative")))
        add("order", "FORMat:BORDer", Word(("NORMal", "SWAPped")))
        self.settings.define("amplitude", 0.1)
        self.settings.define("arb", BUILTIN)

    def _numbers(self) -> range:
        return range(1, len(self.channels) + 1)

    def _actions(self) -> list[Command]:
        n, source = len(self.channels), "[SOURce#:]"
        level = Number(low=-EMF_MAX_V, high=EMF_MAX_V, unit="V")
        vpp = Number(low=1e-3, high=2 * EMF_MAX_V, unit="V", default=0.1)
        return [
            Command(f"{source}VOLTage[:LEVel][:IMMediate][:AMPLitude]", (vpp,),
                    self._set_amplitude, self._amplitude, suffixes=n),
            Command(f"{source}VOLTage[:LEVel][:IMMediate]:HIGH", (level,),
                    partial(self._set_edge, 0), partial(self._edge, 0), suffixes=n),
            Command(f"{source}VOLTage[:LEVel][:IMMediate]:LOW", (level,),
                    partial(self._set_edge, 1), partial(self._edge, 1), suffixes=n),
            Command(f"{source}FUNCtion:ARBitrary", (Text(),), self._select,
                    lambda k, *_: f'"{self.settings.values["arb", k]}"', suffixes=n),
            Command(f"{source}DATA:ARBitrary:DAC", (Text(), Data()),
                    partial(self._upload, "int16"), suffixes=n),
            Command(f"{source}DATA:ARBitrary", (Text(), Data()),
                    partial(self._upload, "float32"), suffixes=n),
            Command(f"{source}DATA:VOLatile:CLEar", (), self._clear, suffixes=n),
            Command(f"{source}DATA:VOLatile:CATalog", (), None, self._catalogue, suffixes=n),
            Command(f"{source}DATA:VOLatile:FREE", (), None, self._free, suffixes=n),
            Command(f"{source}DATA:ATTRibute:POINts", (), None, self._points, (Text(True),),
                    suffixes=n),
            Command(f"{source}PHASe:SYNChronize", (), self._synchronise, suffixes=n),
            Command("TRIGger#[:IMMediate]", (), self._trigger_one, suffixes=n),
            Command("ABORt", (), lambda _: self._abort()),
            Command("SYSTem:VERSion", (), None, lambda _: "1999.0"),
            Command("SYSTem:BEEPer[:IMMediate]", (), lambda _: None),
            Command("UNIT:ANGLe", (Word(("DEGree", "RADian", "SECond")),), lambda *_: None,
                    lambda *_: "DEG"),
        ]

    def reset(self) -> None:
        """``*RST``: outputs off, settings as after power-on, volatile memory kept empty."""
        stuck = [k for k in self._numbers() if self._sticks(k)]
        for k, channel in enumerate(self.channels, 1):
            self.world.connect(channel.source, k in stuck)
            channel.arbs.clear()
            channel.until_s = -1.0
        self.settings.reset()
        for k in self._numbers():
            self.settings.values["output", k] = k in stuck
            self._refresh(k)

    def trip(self) -> None:
        """Switch the outputs off without being told."""
        for k, channel in enumerate(self.channels, 1):
            self.settings.values["output", k] = False
            self.world.connect(channel.source, False)

    def _sticks(self, k: int) -> bool:
        """Whether an output that is on cannot be switched off."""
        return "stays-on" in self.broken and self.world.relays[self.channels[k - 1].source]

    def trigger(self) -> None:
        """``*TRG``: every channel that waits for the bus starts at the same moment."""
        waiting = [k for k in self._numbers() if self.settings("trigger", k) == "BUS"]
        if "missed-trigger" in self.broken:
            return
        if not waiting:
            raise InstrumentError(-211, "Trigger ignored")
        self._start(waiting)

    def _trigger_one(self, k: int) -> None:
        if self.settings("trigger", k) == "IMM":
            raise InstrumentError(-211, "Trigger ignored")
        self._start([k])

    def _start(self, numbers: list[int]) -> None:
        with self.world.lock:
            now_s = self.world.touch()
            if self.settings("trigger_out"):
                self.world.announce("trigger", now_s, now_s + TRIGGER_PULSE_S)
            for k in numbers:
                if self.settings("burst", k) and now_s >= self.channels[k - 1].until_s:
                    self._play(k, now_s + self.settings("delay", k))

    def _play(self, k: int, at_s: float) -> None:
        channel, cycles = self.channels[k - 1], self.settings("cycles", k)
        t_s, v_v, period_s = self._cycle(k)
        duration_s = period_s * cycles
        channel.until_s = at_s + duration_s
        if self.settings("sync") and self.settings("sync_source") == f"CH{k}":
            self.world.announce("sync", at_s, at_s + min(duration_s, 8e3))
        noise_v = float(channel.noise.normal(0.0, self.figures.noise_v))
        v_v = v_v + noise_v * (v_v != v_v[0])
        self.world.cycle(channel.source, at_s + channel.late_s, t_s, v_v,
                         period_s=period_s, count=cycles)

    def _cycle(self, k: int) -> tuple[Floats, Floats, float]:
        """One cycle as it leaves the socket, open circuit."""
        if self.settings("function", k) == "ARB":
            step_s = 1.0 / self.settings("rate", k)
            codes = self._codes(k)
            levels = self._emf(k, codes / 32767.0)
            t_s, v_v = cycle_of(
                levels, step_s, filtering=self.settings("filter", k),
                edge_s=self.figures.edge_s, tolerance_v=0.6 * self._full_scale(k) / 32767.0,
            )
            return t_s, v_v, codes.size * step_s
        period_s = 1.0 / self.settings("frequency", k)
        t_s, shape = _shape(self.settings("function", k), self.figures.edge_s / period_s)
        return t_s * period_s, self._emf(k, shape), period_s

    def _codes(self, k: int) -> Codes:
        name = self.settings.values["arb", k]
        if name == BUILTIN:
            rise = 1.0 - np.exp(-np.linspace(0.0, 5.0, 410))
            return np.asarray(np.round(32767 * (2 * rise / rise[-1] - 1)), dtype=np.int16)
        return self.channels[k - 1].arbs[name]

    def _emf(self, k: int, shape: Floats) -> Floats:
        """Open-circuit volts of values -1 .. 1, with the channel's errors."""
        c, sign = self.channels[k - 1], -1.0 if self.settings("polarity", k) == "INV" else 1.0
        bent = sign * shape + c.bend * (shape**3 - shape)
        swing = self._full_scale(k) * (1.0 + c.gain) * bent
        rest = self._per_display(k) * self.settings("offset", k) * (1.0 + c.offset_rel)
        return np.asarray(swing + rest + c.offset_v)

    def _full_scale(self, k: int) -> float:
        vpp = 0.0 if self.settings("function", k) == "DC" else self.settings.values["amplitude", k]
        return 0.5 * float(vpp) * self._per_display(k)

    def _per_display(self, k: int) -> float:
        load = float(self.settings("load", k))
        return 1.0 if load == float("inf") else (load + OUTPUT_OHM) / load

    def _changed(self, name: str, k: int) -> None:
        if name == "output":
            self.settings.values[name, k] = self.settings(name, k) or self._sticks(k)
            self.world.connect(self.channels[k - 1].source, bool(self.settings("output", k)))
        if name in ("delay", "trigger", "slope", "timer", "count", "order", "unit", "autorange",
                    "marker") or name.startswith(("sync", "trigger_", "limit")):
            return
        self._refresh(k)

    def _refresh(self, k: int) -> None:
        """What the output does between triggers, or all the time without burst."""
        channel = self.channels[k - 1]
        now_s = self.world.touch()
        if self.settings("function", k) == "DC":
            level = self._emf(k, np.zeros(1))[0]
            channel.until_s = -1.0
            self._go(channel, level)
        elif self.settings("burst", k):
            if now_s >= channel.until_s:
                self._go(channel, self._cycle_rest(k))
        elif self.settings("output", k):
            t_s, v_v, period_s = self._cycle(k)
            self.world.cycle(channel.source, now_s, t_s, v_v, period_s=period_s,
                             count=float("inf"))
        else:
            self._go(channel, self._cycle_rest(k))

    def _cycle_rest(self, k: int) -> float:
        if self.settings("function", k) == "ARB":
            return float(self._emf(k, self._codes(k)[:1] / 32767.0)[0])
        return float(self._emf(k, _shape(self.settings("function", k), 0.0)[1][:1])[0])

    def _go(self, channel: _Channel, level_v: float) -> None:
        if not self.world.rests_at(channel.source, level_v):
            self.world.drive(channel.source, 0.0, [self.figures.edge_s], [level_v])

    def _abort(self) -> None:
        for k in self._numbers():
            self.channels[k - 1].until_s = -1.0
            if self.settings("burst", k):
                self._refresh(k)

    def _synchronise(self, _: int) -> None:
        for k in self._numbers():
            self._refresh(k)

    # --- levels

    def _room(self, k: int) -> float:
        """Largest displayed magnitude."""
        return EMF_MAX_V / self._per_display(k)

    def _amplitude(self, k: int, *_: Any) -> str:
        return number(self.settings.values["amplitude", k])

    def _set_amplitude(self, k: int, vpp: float) -> None:
        if vpp > 2.0 * self._room(k) * (1 + 1e-12):
            raise out_of_range(f"amplitude; {2 * self._room(k):g} Vpp is the most")
        self._check_levels(k, vpp, self.settings("offset", k))
        self.settings.values["amplitude", k] = vpp
        self._refresh(k)

    def _check_offset(self, k: int, offset_v: float) -> None:
        steady = self.settings("function", k) == "DC"
        self._check_levels(k, 0.0 if steady else self.settings("amplitude", k), offset_v)

    def _check_levels(self, k: int, vpp: float, offset_v: float) -> None:
        top = abs(offset_v) + 0.5 * vpp
        if top > self._room(k) * (1 + 1e-12):
            raise conflict(f"amplitude and offset exceed {self._room(k):g} V")
        if self.settings("limited", k):
            high, low = self.settings("limit_high", k), self.settings("limit_low", k)
            if offset_v + 0.5 * vpp > high or offset_v - 0.5 * vpp < low:
                raise conflict("voltage limits exceeded")

    def _edge(self, which: int, k: int, *_: Any) -> str:
        swing = 0.5 * self.settings.values["amplitude", k]
        return number(self.settings("offset", k) + (swing if which == 0 else -swing))

    def _set_edge(self, which: int, k: int, level_v: float) -> None:
        swing = 0.5 * self.settings.values["amplitude", k]
        high, low = self.settings("offset", k) + swing, self.settings("offset", k) - swing
        high, low = (level_v, low) if which == 0 else (high, level_v)
        if high - low < 1e-3:
            raise conflict("high level must be above low level")
        self._check_levels(k, high - low, 0.5 * (high + low))
        self.settings.values["amplitude", k] = high - low
        self.settings.values["offset", k] = 0.5 * (high + low)
        self._refresh(k)

    def _check_load(self, k: int, ohm: float) -> None:
        if self.settings("limited", k):
            raise conflict("not able to change the load while voltage limits are on")
        old = self._per_display(k)
        new = 1.0 if ohm == float("inf") else (ohm + OUTPUT_OHM) / ohm
        for name in ("amplitude", "offset"):
            self.settings.values[name, k] *= old / new

    def _check_rate(self, k: int, rate_hz: float) -> None:
        if self.settings("filter", k) == "OFF" and rate_hz > RATE_OFF_MAX_HZ:
            raise out_of_range(f"without filter the rate is at most {RATE_OFF_MAX_HZ:g} Sa/s")

    def _check_filter(self, k: int, kind: str) -> None:
        if kind == "OFF" and self.settings("rate", k) > RATE_OFF_MAX_HZ:
            raise conflict(f"filter off needs a sample rate of at most {RATE_OFF_MAX_HZ:g} Sa/s")

    # --- arbitrary waveforms

    def _upload(self, kind: str, k: int, name: str, data: bytes | list[float]) -> None:
        channel = self.channels[k - 1]
        codes = self._decoded(kind, data)
        if name in channel.arbs:
            raise InstrumentError(783, "Specified arb waveform already exists")
        if codes.size < POINTS_MIN:
            raise InstrumentError(784, f"Arb waveform too short; {POINTS_MIN} points needed")
        if sum(arb.size for arb in channel.arbs.values()) + codes.size > MEMORY:
            raise InstrumentError(781, "Not enough memory to load waveform")
        channel.arbs[name] = codes
        self.uploads += 1

    def _decoded(self, kind: str, data: bytes | list[float]) -> Codes:
        order = "<" if self.settings("order") == "SWAP" else ">"
        width = 2 if kind == "int16" else 4
        if isinstance(data, bytes):
            if len(data) % width:
                raise InstrumentError(-161, "Invalid block data")
            data_type = f"{order}{'i2' if kind == 'int16' else 'f4'}"
            values = np.frombuffer(data, dtype=data_type).astype(float)
        else:
            values = np.asarray(data, dtype=float)
        scale = 1.0 if kind == "int16" else 32767.0
        if values.size and np.abs(values * scale).max() > 32767:
            raise out_of_range("arb point")
        return np.asarray(np.round(values * scale), dtype=np.int16)

    def _select(self, k: int, name: str) -> None:
        if name != BUILTIN and name not in self.channels[k - 1].arbs:
            raise InstrumentError(785, "Specified arb waveform does not exist")
        self.settings.values["arb", k] = name
        self._refresh(k)

    def _clear(self, k: int) -> None:
        self.channels[k - 1].arbs.clear()
        self.settings.values["arb", k] = BUILTIN
        self.channels[k - 1].until_s = -1.0
        self._refresh(k)

    def _catalogue(self, k: int, *_: Any) -> str:
        return ",".join(f'"{name}"' for name in (BUILTIN, *self.channels[k - 1].arbs))

    def _free(self, k: int, *_: Any) -> str:
        return f"{MEMORY - sum(arb.size for arb in self.channels[k - 1].arbs.values()):+d}"

    def _points(self, k: int, name: str = "") -> str:
        name = name or self.settings.values["arb", k]
        if name == BUILTIN:
            return "+410"
        if name not in self.channels[k - 1].arbs:
            raise InstrumentError(785, "Specified arb waveform does not exist")
        return f"{self.channels[k - 1].arbs[name].size:+d}"


def _shape(function: str, edge: float) -> tuple[Floats, Floats]:
    """One period of a built-in function, time 0 .. 1, values -1 .. 1."""
    edge = min(max(edge, 1e-9), 0.1)
    if function in ("SQU", "PULS", "PRBS"):
        t = np.array([0.0, edge, 0.5, 0.5 + edge, 1.0])
        return t, np.array([-1.0, 1.0, 1.0, -1.0, -1.0])
    if function in ("TRI", "RAMP"):
        return np.array([0.0, 0.25, 0.75, 1.0]), np.array([0.0, 1.0, -1.0, 0.0])
    t = np.linspace(0.0, 1.0, SHAPE_POINTS + 1)
    return t, np.sin(2 * np.pi * t)
