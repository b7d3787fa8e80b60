"""Keysight B2902B, a two-channel source/measure unit, simulated as a voltage source.

Ref: Agilent B2900 Series SCPI Command Reference, B2910-90030, edition 2 (status of readings:
table 1-2); B2900 User's Guide, edition 5 (pulses, trigger intervals).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from memrig.sim.twin.errors import Hidden, Ranges, SmuFigures
from memrig.sim.twin.smu_run import Reading, Run, approach, means_between
from memrig.sim.twin.smu_settings import (
    INTERVAL_MIN_S,
    LINE_HZ,
    LIST_MAX,
    PULSE_MIN_S,
    TRIGGERS,
    VOLTS_MAX,
    declare_rest,
    declare_sense,
    declare_source,
)
from memrig.sim.twin.table import (
    Channels,
    Command,
    Data,
    Flag,
    InstrumentError,
    Names,
    Number,
    Settings,
    Text,
    Word,
    conflict,
    nr1,
    number,
    out_of_range,
)
from memrig.sim.twin.world import World

NAN, OVERFLOW = 9.91e37, 9.9e37
OVERHEAD_S, OVER_RANGE = 30e-6, 1.05
COMPLIANCE, RANGE_OVERFLOW = 2, 8192
ELEMENTS = ("VOLT", "CURR", "RES", "TIME", "STAT", "SOUR")
LAYERS = {"ALL": ("TRAN", "ACQ"), "TRANsient": ("TRAN",), "ACQuire": ("ACQ",)}


@dataclass
class _Channel:
    """One channel's wire, list and run."""

    source: str | None
    plus: str | None
    list_v: list[float] = field(default_factory=lambda: [0.0])
    run: Run | None = None
    waits: bool = False
    step: int = 0
    flicker: float = 0.0


class KeysightB2902B:
    """The instrument behind the command table.

    :param sources: netlist source of each channel; None for one that is not connected.
    """

    identity = "Keysight Technologies,B2902B,{serial},5.1.2240.2050"

    def __init__(
        self, world: World, sources: tuple[str | None, ...] = ("top_drive", "bottom_drive"), *,
        serial: str = "TWIN000003", figures: SmuFigures | None = None, name: str = "smu",
        nodes: tuple[str, ...] = (),
    ) -> None:
        self.world, self.serial, self.figures = world, serial, figures or SmuFigures()
        self.hidden = Hidden(world.seed, name)
        known = {element.name: element.plus for element in world.netlist.of_kind("source")}
        self.channels = [
            _Channel(s if s in known else None, known.get(s or "")) for s in sources
        ]
        for channel, node in zip(self.channels, nodes, strict=False):
            channel.plus = node
        self.settings = Settings(len(sources), self._changed)
        self.broken: set[str] = set()
        self._elements = list(ELEMENTS)
        self._noise = [self.hidden.stream(f"noise{k}") for k in self._numbers()]
        declare_source(self.settings, self._check_level, self._check_ampere)
        declare_sense(self.settings)
        declare_rest(self.settings)
        self.commands = [
            *self.settings.commands, *self._actions(), *self._layers(), *self._readout(),
        ]
        self.settings.reset()

    def _numbers(self) -> range:
        return range(1, len(self.channels) + 1)

    def _layers(self) -> list[Command]:
        """``TRIGger#[:ALL]:SOURce`` and its kin, for both layers together or each."""
        forms = (
            ("source", "SOURce", Word(TRIGGERS), str),
            ("count", "COUNt", Number(low=1, high=1e5, default=1), nr1),
            ("timer", "TIMer", Number(low=INTERVAL_MIN_S, high=1e5, unit="S",
                                      default=INTERVAL_MIN_S), number),
            ("delay", "DELay", Number(low=0.0, high=1e5, unit="S"), number),
        )
        found = []
        for head, layers in LAYERS.items():
            node = "[:ALL]" if head == "ALL" else f":{head}"
            for name, leaf, parameter, reply in forms:
                found.append(Command(
                    f"TRIGger#{node}:{leaf}", (parameter,),
                    partial(self._set_layer, layers, name),
                    partial(self._layer, layers[0], name, reply), suffixes=len(self.channels),
                ))
        return found

    def _set_layer(self, layers: tuple[str, ...], name: str, k: int, value: Any) -> None:
        for layer in layers:
            self.settings.values[f"{layer}.{name}", k] = value

    def _layer(self, layer: str, name: str, reply: Any, k: int, *_: Any) -> str:
        text: str = reply(self.settings(f"{layer}.{name}", k))
        return text

    def _actions(self) -> list[Command]:
        n, ignore = len(self.channels), lambda *_: None
        return [
            Command("[SOURce#:]LIST:VOLTage", (Data(),), partial(self._set_list, False),
                    self._list, suffixes=n),
            Command("[SOURce#:]LIST:VOLTage:APPend", (Data(),), partial(self._set_list, True),
                    suffixes=n),
            Command("[SOURce#:]LIST:VOLTage:POINts", (), None,
                    lambda k, *_: nr1(len(self.channels[k - 1].list_v)), suffixes=n),
            Command("SENSe#:CURRent[:DC]:PROTection:TRIPped", (), None, self._tripped, suffixes=n),
            Command("SENSe#:FUNCtion[:ON]", (Names(),), ignore,
                    lambda *_: '"VOLT","CURR"', suffixes=n),
            Command("SENSe#:FUNCtion:OFF", (Names(),), ignore, suffixes=n),
            Command("INITiate[:IMMediate][:ALL]", (Channels(),), self._initiate),
            Command("ABORt[:ALL]", (Channels(),), self._abort),
            Command("TRIGger[:ALL][:IMMediate]", (Channels(),), lambda *_: self.trigger()),
            Command("TRIGger#:LXI:LAN:DISable:ALL", (), ignore, suffixes=n),
            Command("ARM#:LXI:LAN:DISable:ALL", (), ignore, suffixes=n),
            Command("STATus:OPERation:CONDition", (), None, lambda *_: nr1(self._condition())),
            Command("STATus:MEASurement:CONDition", (), None, lambda *_: "0"),
            Command("IDLE", (), None, lambda *_: self._idle()),
            Command("SYSTem:BEEPer[:IMMediate]", (Data(),), ignore),
            Command("SYSTem:BEEPer:STATe", (Flag(),), ignore, lambda *_: "0"),
            Command("DISPlay:ENABle", (Flag(),), ignore, lambda *_: "1"),
        ]

    def _readout(self) -> list[Command]:
        place = Number(low=0, high=1e5, optional=True)
        found = [
            Command("MEASure", (), None, self._measure, (Channels(),)),
            Command("READ[:ARRay]", (), None, self._read, (Channels(),)),
            Command("FETCh[:ARRay]", (), None, partial(self._fetch, None), (Channels(),)),
            Command("SENSe#:DATA", (), None, self._sense, (place, place),
                    suffixes=len(self.channels)),
            Command("SENSe#:DATA:LATest", (), None, self._latest, suffixes=len(self.channels)),
            Command("FORMat:ELEMents:SENSe", (Names(),), self._set_elements,
                    lambda *_: ",".join(self._elements)),
            Command("FORMat[:DATA]", (Word(("ASCii", "REAL")), Text(True)), self._set_format,
                    lambda *_: self.settings("format")),
        ]
        names = ("VOLTage", "CURRent", "RESistance", "TIME", "STATus", "SOURce")
        for long, short in zip(names, ELEMENTS, strict=True):
            found.append(Command(f"FETCh:ARRay:{long}", (), None, partial(self._fetch, short),
                                 (Channels(),)))
        return found

    # --- settings

    def reset(self) -> None:
        """``*RST``: outputs off, settings as after power-on."""
        stuck = [k for k in self._numbers() if self._sticks(k)]
        for k in self._numbers():
            self._drop(k)
            self._level_now(k, 0.0)
            if k not in stuck:
                self._relay(k, on=False)
            self.channels[k - 1].list_v = [0.0]
        self.settings.reset()
        for k in stuck:
            self.settings.values["output", k] = True
        self._elements = list(ELEMENTS)

    def trip(self) -> None:
        """Switch the outputs off without being told."""
        for k in self._numbers():
            self._drop(k)
            self.settings.values["output", k] = False
            self._relay(k, on=False)

    def _sticks(self, k: int) -> bool:
        """Whether an output that is on cannot be switched off."""
        source = self.channels[k - 1].source
        return "stays-on" in self.broken and source is not None and self.world.relays[source]

    def _changed(self, name: str, k: int) -> None:
        if name == "output":
            self.settings.values[name, k] = self.settings(name, k) or self._sticks(k)
            self._drop(k)
            self._relay(k, on=bool(self.settings("output", k)))
        elif name in ("level", "range", "autorange", "mode"):
            self._level_now(k, self.settings("level", k))
            self._relay(k, on=bool(self.settings("output", k)))
        elif name in ("limit", "limit_positive", "limit_negative"):
            self._take_limit(name, k)
        elif name == "cycles":
            self.settings.values["aperture", k] = self.settings("cycles", k) / LINE_HZ
        elif name == "aperture":
            self.settings.values["cycles", k] = self.settings("aperture", k) * LINE_HZ

    def _take_limit(self, name: str, k: int) -> None:
        value = abs(self.settings(name, k))
        if name == "limit":
            self.settings.values["limit_positive", k] = value
            self.settings.values["limit_negative", k] = -value
        source = self.channels[k - 1].source
        if source is not None:
            self.world.limit(source, self._limit_a(k), self.figures.response_s)

    def _limit_a(self, k: int) -> float:
        """The limit that acts; the smaller of both signs, with its hidden error."""
        set_a = float(min(self.settings("limit_positive", k), -self.settings("limit_negative", k)))
        full = _range_of(self.figures.amperes, set_a)
        return set_a * (1.0 + self._gain("A", k, self.figures.amperes, full))

    def _check_level(self, k: int, volts: float) -> None:
        if not self.settings("autorange", k):
            full = _range_of(self.figures.volts, self.settings("range", k))
            if abs(volts) > OVER_RANGE * full:
                raise out_of_range(f"{volts:g} V in the fixed {full:g} V range")

    def _check_ampere(self, _: int, amperes: float) -> None:
        if amperes != 0.0:
            raise conflict("this simulated unit sources 0 A only in current mode (voltmeter)")

    def _relay(self, k: int, *, on: bool) -> None:
        source = self.channels[k - 1].source
        if source is None:
            return
        if on:
            self.world.limit(source, self._limit_a(k), self.figures.response_s)
            floating = self.settings("mode", k) == "CURR"
            self.world.connect(source, not floating)
            self._level_now(k, self.settings("level", k))
            return
        self._level_now(k, 0.0)
        self.world.connect(source, False, shorted=self.settings("off_mode", k) == "ZERO")

    def _gain(self, what: str, k: int, ranges: Ranges, full: float) -> float:
        return self.hidden.within(f"gain{what}{k}@{full:g}", ranges[full][0])

    def _zero(self, what: str, k: int, ranges: Ranges, full: float) -> float:
        return self.hidden.within(f"zero{what}{k}@{full:g}", ranges[full][1])

    def _true_v(self, k: int, levels: list[float]) -> list[float]:
        """What the terminals get for levels that are set."""
        ranges = self.figures.volts
        largest = max(map(abs, levels))
        full = _range_of(ranges, largest / OVER_RANGE if self.settings("autorange", k)
                         else self.settings("range", k))
        gain, zero = self._gain("S", k, ranges, full), self._zero("S", k, ranges, full)
        return [v * (1.0 + gain) + zero for v in levels]

    def _level_now(self, k: int, level_v: float) -> None:
        source = self.channels[k - 1].source
        if source is None or not self.world.is_wired(source):
            return
        (target,) = self._true_v(k, [level_v])
        begin = self.world.level(source)
        if begin != target:
            t_s, v_v = approach([(0.0, target)], begin, self.figures.settle_s)
            self.world.drive(source, 0.0, t_s, v_v)

    def _set_list(
        self, append: bool, k: int, data: bytes | list[float]  # noqa: FBT001  # partial() sets it
    ) -> None:
        if isinstance(data, bytes):
            raise InstrumentError(-168, "Block data not allowed")
        old = self.channels[k - 1].list_v if append else []
        if len(old) + len(data) > LIST_MAX:
            raise InstrumentError(-223, f"Too much data; a list holds {LIST_MAX} values")
        for volts in data:
            if not abs(volts) <= VOLTS_MAX:
                raise out_of_range(f"{volts:g} V in a list")
            self._check_level(k, volts)
        self.channels[k - 1].list_v = [*old, *data]

    def _list(self, k: int, *_: Any) -> str:
        return ",".join(f"{v:+.6E}" for v in self.channels[k - 1].list_v)

    # --- runs

    def _initiate(self, _: int, channels: list[int]) -> None:
        now_s = self.world.touch()
        for k in channels:
            self._check_channel(k)
            if not self._is_idle(k):
                raise InstrumentError(-213, "Init ignored")
        for k in channels:
            channel = self.channels[k - 1]
            self._drop(k)
            channel.step = 0
            if self.settings("on_auto", k) and not self.settings("output", k):
                self.settings.values["output", k] = True
                self._relay(k, on=True)
            if "BUS" in (self.settings("arm", k), self.settings("TRAN.source", k)):
                channel.waits = True
            else:
                self._begin(k, now_s, 0, self._count(k))

    def trigger(self) -> None:
        """``*TRG``: channels armed on BUS run; those triggered by BUS take one step."""
        waiting = [k for k in self._numbers() if self.channels[k - 1].waits]
        if not waiting:
            raise InstrumentError(-211, "Trigger ignored")
        now_s = self.world.touch()
        for k in waiting:
            channel = self.channels[k - 1]
            if not self._is_done(k):
                raise InstrumentError(-211, "Trigger ignored")
            single = self.settings("TRAN.source", k) == "BUS"
            count = 1 if single else self._count(k)
            self._begin(k, now_s, channel.step, count)
            channel.step += count
            channel.waits = channel.step < self._count(k)

    def _count(self, k: int) -> int:
        return int(max(self.settings("TRAN.count", k), self.settings("ACQ.count", k)))

    def _levels(self, k: int) -> list[float]:
        mode = self.settings("sweep", k)
        if mode == "LIST":
            levels, first = self.channels[k - 1].list_v, int(self.settings("list_start", k)) - 1
            return levels[first:] + levels[:first]
        if mode == "FIX":
            return [self.settings("triggered" if self.settings("shape", k) == "PULS" else "level",
                                  k)]
        n, start = int(self.settings("points", k)), self.settings("start", k)
        step = (self.settings("stop", k) - start) / max(n - 1, 1)
        levels = [start + step * i for i in range(n)]
        if self.settings("direction", k) == "DOWN":
            levels.reverse()
        return levels + levels[::-1] if self.settings("stair", k) == "DOUB" else levels

    def _interval_s(self, k: int) -> float:
        pulsed = self.settings("shape", k) == "PULS"
        busy = self.settings("TRAN.delay", k) + (
            self.settings("pulse_delay", k) + self.settings("width", k) + PULSE_MIN_S
            if pulsed else 0.0)
        reading = self.settings("ACQ.delay", k) + self.settings("aperture", k)
        if self.settings("TRAN.source", k) == "TIM":
            timer = float(self.settings("TRAN.timer", k))
            if max(busy, reading) > timer * (1 + 1e-9):
                raise conflict(f"trigger interval {timer:g} s is shorter than the measurement")
            return timer
        return float(max(busy, reading + OVERHEAD_S, INTERVAL_MIN_S))

    def _begin(self, k: int, at_s: float, first: int, count: int) -> None:
        channel, interval_s = self.channels[k - 1], self._interval_s(k)
        if "missed-trigger" in self.broken:
            return
        at_s += self.settings("arm_delay", k)
        if k == 2:
            at_s += abs(self.hidden.within("skew", self.figures.skew_s))
        levels = self._levels(k)
        chosen = [levels[(first + i) % len(levels)] for i in range(count)]
        run = channel.run
        if run is None or first == 0:
            run = channel.run = Run(at_s, at_s, self.settings("aperture", k))
            channel.flicker = float(self._noise[k - 1].normal(0.0, self.figures.flicker_rel))
        offset_s = at_s - run.start_s
        run.begins_s += [offset_s + i * interval_s + self.settings("ACQ.delay", k)
                         for i in range(count)]
        run.source_v += chosen
        run.stop_s = at_s + count * interval_s
        self.world.hold((self, k), run.start_s)
        self._play(k, at_s, chosen, interval_s)

    def _play(self, k: int, at_s: float, levels: list[float], interval_s: float) -> None:
        source = self.channels[k - 1].source
        if source is None or self.settings("mode", k) == "CURR":
            return
        base_v = self.settings("level", k)
        true = self._true_v(k, [*levels, base_v])
        base, delay_s = true.pop(), self.settings("TRAN.delay", k)
        changes: list[tuple[float, float]] = []
        for i, level in enumerate(true):
            begin_s = i * interval_s + delay_s
            if self.settings("shape", k) == "PULS":
                begin_s += self.settings("pulse_delay", k)
                changes += [(begin_s, level), (begin_s + self.settings("width", k), base)]
            else:
                changes.append((begin_s, level))
        changes.append((len(true) * interval_s, base))
        t_s, v_v = approach(changes, self.world.level(source), self.figures.settle_s)
        self.world.drive(source, at_s, t_s, v_v)

    def _drop(self, k: int) -> None:
        self._collect(k)
        channel = self.channels[k - 1]
        channel.run, channel.waits = None, False
        self.world.release((self, k))

    def _abort(self, _: int, channels: list[int]) -> None:
        for k in channels if len(channels) > 1 else self._numbers():
            run = self.channels[k - 1].run
            self._collect(k)
            if run is not None:
                run.begins_s = run.begins_s[: len(run.readings)]
                run.stop_s = min(run.stop_s, self.world.touch())
            self.channels[k - 1].waits = False
            self._level_now(k, self.settings("level", k))

    def _check_channel(self, k: int) -> None:
        if k not in self._numbers():
            raise InstrumentError(-114, "Header suffix out of range")

    def _is_done(self, k: int) -> bool:
        run = self.channels[k - 1].run
        return run is None or self.world.touch() >= run.stop_s

    def _is_idle(self, k: int) -> bool:
        return self._is_done(k) and not self.channels[k - 1].waits

    def _condition(self) -> int:
        idle = {1: 2 | 16, 2: 128 | 1024}
        found = 0
        for k in self._numbers():
            self._collect(k)
            found |= idle[k] if self._is_idle(k) else 0
        return found

    def _wait(self, k: int) -> None:
        run = self.channels[k - 1].run
        if run is not None:
            self.world.clock.sleep(max(run.stop_s - self.world.touch(), 0.0))
        self._collect(k)

    def _idle(self) -> str:
        for k in self._numbers():
            self._wait(k)
        return "1"

    def _collect(self, k: int) -> None:
        """Finish the measurements whose aperture has closed."""
        channel, now_s = self.channels[k - 1], self.world.touch()
        run = channel.run
        if run is None or run.pending_s is None or run.pending_s + run.aperture_s > now_s:
            return
        seen = self.world.observe(run.pending_s, now_s)
        # A channel that drives nothing sees its node through its output relay.
        wired = channel.source is not None or self.settings("output", k)
        volts = seen.node_v.get(channel.plus or "") if wired else None
        amperes = seen.source_a.get(channel.source or "")
        done = len(run.readings)
        starts_s = run.start_s + np.asarray(run.begins_s[done:])
        starts_s = starts_s[starts_s + run.aperture_s <= now_s]
        nothing = np.zeros(starts_s.size)
        v, i = (
            nothing if one is None
            else means_between(seen.t_s, one, starts_s, starts_s + run.aperture_s)
            for one in (volts, amperes)
        )
        for v_v, i_a in zip(v.tolist(), i.tolist(), strict=True):
            run.readings.append(self._reading(k, run, v_v, i_a))
        self.world.hold((self, k), run.pending_s or now_s)
        if self.settings("protection", k) and channel.source is not None and (
                self.world.is_limited(channel.source)):
            self.settings.values["output", k] = False
            self._relay(k, on=False)

    def _reading(self, k: int, run: Run, v_v: float, i_a: float) -> Reading:
        place = len(run.readings)
        status = COMPLIANCE if abs(i_a) >= 0.998 * self._limit_a(k) else 0
        amperes = self._indicated("A", k, i_a, self.figures.amperes, "amperes", run.aperture_s)
        volts = self._indicated("V", k, v_v, self.figures.volts, "volts", run.aperture_s)
        if OVERFLOW in (amperes, volts):
            status |= RANGE_OVERFLOW
        return Reading(volts, amperes, run.begins_s[place], status, run.source_v[place])

    def _indicated(
        self, what: str, k: int, value: float, ranges: Ranges, name: str, aperture_s: float
    ) -> float:
        """A true value as the unit reads it."""
        if "overload" in self.broken:
            return OVERFLOW
        if self.settings(f"{name}_auto", k):
            least = self.settings("amperes_least", k) if name == "amperes" else 0.0
            full = _range_of(ranges, max(abs(value) / OVER_RANGE, least))
        else:
            full = _range_of(ranges, self.settings(name, k))
            if abs(value) > OVER_RANGE * full:
                return OVERFLOW
        white = self.figures.noise_rel / math.sqrt(aperture_s * LINE_HZ)
        noise = float(self._noise[k - 1].normal(0.0, white)) + self.channels[k - 1].flicker
        gain = self._gain(what, k, ranges, full)
        return value * (1.0 + gain) + self._zero(what, k, ranges, full) + noise * full

    # --- reading out

    def _measure(self, _: int, channels: list[int]) -> str:
        """A spot measurement, now."""
        found: list[float] = []
        for k in channels:
            self._check_channel(k)
            self._drop(k)
        now_s = self.world.touch()
        for k in channels:
            run = Run(now_s, now_s + self.settings("aperture", k), self.settings("aperture", k),
                      [0.0], [self.settings("level", k)])
            self.channels[k - 1].run = run
            self.world.hold((self, k), now_s)
        for k in channels:
            self._wait(k)
            found += self._row(self._readings(k)[-1], None)
        return self._encoded(found)

    def _read(self, _: int, channels: list[int]) -> str:
        self._initiate(1, channels)
        return self._fetch(None, 1, channels)

    def _fetch(self, element: str | None, _: int, channels: list[int]) -> str:
        for k in channels:
            self._check_channel(k)
            self._wait(k)
        columns = [self._readings(k) for k in channels]
        found: list[float] = []
        for place in range(max((len(c) for c in columns), default=0)):
            for column in columns:
                if place < len(column):
                    found += self._row(column[place], element)
        return self._encoded(found or [NAN])

    def _sense(self, k: int, offset: float = 0.0, size: float = 1e5) -> str:
        self._collect(k)
        chosen = self._readings(k)[int(offset): int(offset + size)]
        rows = [value for reading in chosen for value in self._row(reading, None)]
        return self._encoded(rows or [NAN])

    def _latest(self, k: int, *_: Any) -> str:
        self._collect(k)
        readings = self._readings(k)
        return self._encoded(self._row(readings[-1], None) if readings else [NAN])

    def _readings(self, k: int) -> list[Reading]:
        run = self.channels[k - 1].run
        return run.readings if run is not None else []

    def _row(self, reading: Reading, element: str | None) -> list[float]:
        ohm = reading.volts / reading.amperes if reading.amperes else NAN
        values = {
            "VOLT": reading.volts, "CURR": reading.amperes, "RES": ohm, "TIME": reading.time_s,
            "STAT": float(reading.status), "SOUR": reading.source_v,
        }
        return [values[name] for name in ([element] if element else self._elements)]

    def _encoded(self, values: list[float]) -> str:
        kind = self.settings("format")
        if kind == "ASC":
            return ",".join(f"{value:+.6E}" for value in values)
        letter = "d" if kind == "REAL,64" else "f"
        order = "<" if self.settings("order") == "SWAP" else ">"
        body = struct.pack(f"{order}{len(values)}{letter}", *values)
        digits = str(len(body))
        return f"#{len(digits)}{digits}" + body.decode("latin-1")

    def _set_elements(self, _: int, names: list[str]) -> None:
        asked = {name.upper()[:4] for name in names}
        unknown = asked - {name[:4] for name in ELEMENTS} - {"RESI"}
        if unknown or not names:
            raise InstrumentError(-224, "Illegal parameter value")
        self._elements = [
            name for name in ELEMENTS if name[:4] in asked or (name == "RES" and "RESI" in asked)
        ]

    def _set_format(self, _: int, kind: str, width: str = "") -> None:
        if kind == "REAL" and width not in ("", "32", "64"):
            raise InstrumentError(-224, "Illegal parameter value")
        self.settings.values["format", 1] = f"REAL,{width or 32}" if kind == "REAL" else "ASC"

    def _tripped(self, k: int, *_: Any) -> str:
        source = self.channels[k - 1].source
        return nr1(source is not None and self.world.is_limited(source))


def _range_of(ranges: Ranges, value: float) -> float:
    """The smallest range that holds a value; the largest where none does."""
    return next((full for full in ranges if full >= abs(value) * (1 - 1e-9)), max(ranges))
