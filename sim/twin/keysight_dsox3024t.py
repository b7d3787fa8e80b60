"""Keysight DSO-X 3024T, a four-channel oscilloscope, simulated.

Ref: Agilent InfiniiVision 3000 X-Series Programmer's Guide (registers p. 192, 207; waveform
preamble as 2000 X-Series guide p. 644).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from memrig.sim.circuit import Transient
from memrig.sim.twin.errors import Hidden, ScopeFigures
from memrig.sim.twin.frontend import DIVISIONS, FrontEnd, Setting
from memrig.sim.twin.table import (
    Command,
    Flag,
    InstrumentError,
    Names,
    Number,
    Settings,
    Word,
    conflict,
    nr1,
    out_of_range,
)
from memrig.sim.twin.world import World

Floats = npt.NDArray[np.float64]
CHANNELS, MEMORY, RATE_MAX_HZ = 4, 2_000_000, 2.5e9
TIMEBASE_DIVISIONS = 10.0
BEFORE_DIV = {"LEFT": 1.0, "CENT": 5.0, "RIGH": 9.0}
AUTO_S = 0.05
NO_READING = "+9.9E+37"
RECORD_POINTS = (
    100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000,
)
SCREEN_POINTS = 62_500
TYPES = {"NORM": 0, "PEAK": 1, "AVER": 2, "HRES": 3}
FORMATS = {"BYTE": 0, "WORD": 1, "ASC": 4}


@dataclass(frozen=True, slots=True)
class _Record:
    """One acquisition: the world between two times and how the scope was set."""

    number: int
    trigger_s: float
    start_s: float
    range_s: float
    kind: str
    seen: Transient
    settings: Mapping[int, Setting]


@dataclass
class _Run:
    """A running acquisition.

    :param heard: number of the last pulse before it began. A run that is stopped as it fires, and
        the next one, may come in the same instant of a virtual clock.
    """

    armed_s: float
    since_s: float
    single: bool
    heard: int
    trigger_s: float | None = None


class KeysightDsox3024T:
    """The instrument behind the command table.

    :param nodes: netlist node that each channel looks at, by channel number.
    """

    identity = "KEYSIGHT TECHNOLOGIES,DSO-X 3024T,{serial},07.30.2019051434"

    def __init__(
        self, world: World, nodes: Mapping[int, str], *, serial: str = "TWIN000002",
        figures: ScopeFigures | None = None, name: str = "scope",
    ) -> None:
        self.world, self.nodes, self.serial = world, dict(nodes), serial
        self.figures = figures or ScopeFigures()
        self.hidden = Hidden(world.seed, name)
        self.front = FrontEnd(self.hidden, self.figures)
        self.settings = Settings(CHANNELS, lambda *_: None)
        self._declare()
        self.commands = [*self.settings.commands, *self._actions(), *self._readout()]
        self.broken: set[str] = set()
        self._count = 0
        self._run: _Run | None = None
        self._record: _Record | None = None
        self._was_armed = self._was_triggered = self._reported = False
        self.settings.reset()
        self._levels: dict[str, float] = {}

    def _declare(self) -> None:
        add = self.settings.add
        add("display", "CHANnel#:DISPlay", Flag())
        add("probe", "CHANnel#:PROBe", Number(low=0.1, high=1e4, default=1.0))
        add("offset", "CHANnel#:OFFSet", Number(low=-400.0, high=400.0, unit="V"),
            check=self._check_offset)
        add("coupling", "CHANnel#:COUPling", Word(("DC", "AC")))
        add("impedance", "CHANnel#:IMPedance", Word(("ONEMeg", "FIFTy")))
        add("limited", "CHANnel#:BWLimit", Flag())
        add("invert", "CHANnel#:INVert", Flag())
        add("position", "TIMebase:POSition", Number(low=-500.0, high=500.0, unit="S"))
        add("reference", "TIMebase:REFerence", Word(("CENTer", "LEFT", "RIGHt")))
        add("timebase_mode", "TIMebase:MODE", Word(("MAIN", "WINDow", "XY", "ROLL")))
        add("trigger_mode", "TRIGger:MODE", Word(("EDGE", "GLITch", "PATTern", "TV")))
        add("source", "TRIGger[:EDGE]:SOURce",
            Word(("CHANnel1", "CHANnel2", "CHANnel3", "CHANnel4", "EXTernal", "LINE", "WGEN")))
        add("slope", "TRIGger[:EDGE]:SLOPe",
            Word(("POSitive", "NEGative", "EITHer", "ALTernate")))
        add("trigger_coupling", "TRIGger[:EDGE]:COUPling", Word(("DC", "AC", "LFReject")))
        add("sweep", "TRIGger:SWEep", Word(("AUTO", "NORMal")))
        add("holdoff", "TRIGger:HOLDoff", Number(low=60e-9, high=10.0, unit="S", default=60e-9))
        add("external_range", "EXTernal:RANGe", Number(low=1.6, high=8.0, unit="V", default=8.0))
        add("external_probe", "EXTernal:PROBe", Number(low=0.1, high=1e4, default=1.0))
        add("kind", "ACQuire:TYPE", Word(("NORMal", "AVERage", "HRESolution", "PEAK")))
        add("count", "ACQuire:COUNt", Number(low=2, high=65536, default=8), reply=nr1)
        add("acquire_mode", "ACQuire:MODE", Word(("RTIMe", "SEGMented")))
        self._declare_readout()

    def _declare_readout(self) -> None:
        add = self.settings.add
        add("wave_source", "WAVeform:SOURce",
            Word(("CHANnel1", "CHANnel2", "CHANnel3", "CHANnel4")))
        add("format", "WAVeform:FORMat", Word(("BYTE", "WORD", "ASCii")))
        add("order", "WAVeform:BYTeorder", Word(("MSBFirst", "LSBFirst")))
        add("unsigned", "WAVeform:UNSigned", Flag(), True)
        add("points_mode", "WAVeform:POINts:MODE", Word(("NORMal", "MAXimum", "RAW")))
        self.settings.define("scale", 5.0)
        self.settings.define("range_s", 1e-3)
        self.settings.define("points", 1000)

    def _actions(self) -> list[Command]:
        volts = Number(low=1e-3, high=5e4, unit="V", default=5.0)
        full = Number(low=8e-3, high=4e5, unit="V", default=40.0)
        time = Number(low=2e-9, high=50.0, unit="S", default=1e-4)
        whole = Number(low=2e-8, high=500.0, unit="S", default=1e-3)
        return [
            Command("CHANnel#:SCALe", (volts,), self._set_scale,
                    lambda k, *_: _nr3(self.settings("scale", k)), suffixes=CHANNELS),
            Command("CHANnel#:RANGe", (full,), lambda k, v: self._set_scale(k, v / DIVISIONS),
                    lambda k, *_: _nr3(self.settings("scale", k) * DIVISIONS), suffixes=CHANNELS),
            Command("CHANnel#:PROTection[:CLEar]", (), lambda _: None, suffixes=CHANNELS),
            Command("TIMebase:SCALe", (time,), lambda _, s: self._set_range(s * 10.0),
                    lambda *_: _nr3(self.settings("range_s") / 10.0)),
            Command("TIMebase:RANGe", (whole,), lambda _, s: self._set_range(s),
                    lambda *_: _nr3(self.settings("range_s"))),
            Command("TRIGger[:EDGE]:LEVel",
                    (Number(low=-1e5, high=1e5, unit="V"), Names()), self._set_level,
                    lambda *_: _nr3(self._level())),
            Command("TRIGger:FORCe", (), lambda _: self._force()),
            Command("ACQuire:SRATe", (), None, lambda *_: _nr3(self._rate_hz())),
            Command("ACQuire:POINts", (), None, lambda *_: nr1(self._depth())),
            Command("RUN", (), lambda _: self._start(single=False)),
            Command("STOP", (), lambda _: self._stop()),
            Command("SINGle", (), lambda _: self._start(single=True)),
            Command("DIGitize", (Names(),), self._digitise),
            Command("AER", (), None, lambda *_: self._armed_event()),
            Command("TER", (), None, lambda *_: self._trigger_event()),
            Command("OPERegister:CONDition", (), None, lambda *_: f"{self._condition():+d}"),
            Command("SYSTem:PRESet", (), lambda _: self.reset()),
            Command("SYSTem:HEADer", (Flag(),), lambda *_: None, lambda *_: "0"),
        ]

    def _readout(self) -> list[Command]:
        points = Number(low=100, high=MEMORY, default=1000)
        return [
            Command("WAVeform:POINts", (points,), self._set_points,
                    lambda *_: nr1(self._points(self._shown()))),
            Command("WAVeform:PREamble", (), None, lambda *_: self._preamble()),
            Command("WAVeform:DATA", (), None, lambda *_: self._data()),
            Command("WAVeform:XINCrement", (), None, lambda *_: self._preamble().split(",")[4]),
            Command("WAVeform:XORigin", (), None, lambda *_: self._preamble().split(",")[5]),
            Command("WAVeform:YINCrement", (), None, lambda *_: self._preamble().split(",")[7]),
            Command("WAVeform:YORigin", (), None, lambda *_: self._preamble().split(",")[8]),
            Command("WAVeform:YREFerence", (), None, lambda *_: self._preamble().split(",")[9]),
            Command("MEASure:VAVerage", (), None, partial(self._measured, np.mean), (Names(),)),
            Command("MEASure:VPP", (), None, partial(self._measured, np.ptp), (Names(),)),
            Command("MEASure:VMAX", (), None, partial(self._measured, np.max), (Names(),)),
            Command("MEASure:VMIN", (), None, partial(self._measured, np.min), (Names(),)),
        ]

    def reset(self) -> None:
        """``*RST``: stopped, factory settings."""
        self._stop()
        self.settings.reset()
        self.settings.values["display", 1] = True
        self._levels.clear()
        self._record = None
        self._was_armed = self._was_triggered = self._reported = False

    def trigger(self) -> None:
        """``*TRG`` does what DIGitize does."""
        self._digitise(1)

    def trip(self) -> None:
        """It has no outputs."""

    # --- settings

    def _set_scale(self, k: int, scale_v: float) -> None:
        probe = self.settings("probe", k)
        if not 1e-3 * (1 - 1e-9) <= scale_v / probe <= 5.0 * (1 + 1e-9):
            raise out_of_range(f"{1e-3 * probe:g} to {5 * probe:g} V/div")
        self.settings.values["scale", k] = scale_v

    def _check_offset(self, k: int, offset_v: float) -> None:
        allowed = 2.0 if self.settings("scale", k) / self.settings("probe", k) < 0.2 else 40.0
        if abs(offset_v) > allowed * self.settings("probe", k):
            raise out_of_range(f"offset at most {allowed * self.settings('probe', k):g} V here")

    def _set_range(self, range_s: float) -> None:
        self.settings.values["range_s", 1] = range_s

    def _set_level(self, _: int, level_v: float, source: list[str] | None = None) -> None:
        self._levels[_source(source[0]) if source else self.settings("source")] = level_v

    def _level(self) -> float:
        return self._levels.get(self.settings("source"), 0.0)

    def _rate_hz(self) -> float:
        return min(RATE_MAX_HZ, MEMORY / float(self.settings("range_s")))

    def _depth(self) -> int:
        return max(int(self._rate_hz() * self.settings("range_s")), 100)

    def _before_s(self) -> float:
        """How long before the trigger the record begins."""
        left = BEFORE_DIV[self.settings("reference")] / TIMEBASE_DIVISIONS
        return float(left * self.settings("range_s") - self.settings("position"))

    # --- acquisition

    def _start(self, *, single: bool) -> None:
        if self._run is not None and self._run.single and single:
            raise conflict("already waiting for a trigger; send :STOP first")
        now_s = self.world.touch()
        self.world.hold(self, now_s)
        self._run = _Run(now_s + max(self._before_s(), 0.0), now_s, single,
                         self.world.announced)
        self._was_armed = False
        self._reported = False

    def _stop(self) -> None:
        self._run = None
        self.world.release(self)

    def _force(self) -> None:
        if self._run is not None and self._run.trigger_s is None:
            self._run.trigger_s = max(self.world.touch(), self._run.armed_s)

    def _digitise(self, _: int, channels: list[str] | None = None) -> None:
        for name in channels or ():
            self.settings.values["display", int(name[-1])] = True
        self._stop()
        self._start(single=True)
        for _attempt in range(100):
            self._update()
            if self._run is None:
                return
            self.world.clock.sleep(max(0.02, 0.02 * self.settings("range_s")))
        self._stop()
        raise InstrumentError(-365, "Time out error; no trigger")

    def _update(self) -> None:
        """Let the acquisition follow the time."""
        run, now_s = self._run, self.world.touch()
        if run is None:
            return
        if now_s >= run.armed_s and not self._reported:
            self._was_armed = self._reported = True
        if run.trigger_s is None and now_s >= run.armed_s:
            run.trigger_s = self._trigger_time(run, now_s)
        if run.trigger_s is None:
            return
        self._was_triggered = True
        if now_s >= run.trigger_s - self._before_s() + self.settings("range_s"):
            self._finish(run)

    def _trigger_time(self, run: _Run, now_s: float) -> float | None:
        source = self.settings("source")
        if "stuck-trigger" in self.broken:
            return run.armed_s
        if "missed-trigger" in self.broken:
            found = None
        elif source == "EXT":
            found = self._external(run)
        elif source.startswith("CHAN"):
            found = self._crossing(int(source[-1]), run.armed_s, now_s)
        else:
            found = None
        if found is None and self.settings("sweep") == "AUTO" and now_s > run.armed_s + AUTO_S:
            return run.armed_s + AUTO_S
        return found

    def _external(self, run: _Run) -> float | None:
        """First pulse of the generator's trigger output, or of its sync output."""
        if not 0.0 < self._level() < 3.0:
            return None
        rising = self.settings("slope") != "NEG"
        for pulse in self.world.sync:
            at_s = pulse.start_s if rising else pulse.stop_s
            past = pulse.number <= run.heard and at_s <= run.since_s
            if at_s >= run.armed_s and not past:
                return at_s
        return None

    def _crossing(self, k: int, since_s: float, now_s: float) -> float | None:
        if k not in self.nodes:
            return None
        seen = self.world.observe(since_s, now_s)
        v = seen.node_v[self.nodes[k]] * self.settings("probe", k) - self._level()
        up, down = (v[:-1] < 0) & (v[1:] >= 0), (v[:-1] >= 0) & (v[1:] < 0)
        slope = self.settings("slope")
        cross = up if slope == "POS" else down if slope == "NEG" else up | down
        times = [
            seen.t_s[i] + (seen.t_s[i + 1] - seen.t_s[i]) * v[i] / (v[i] - v[i + 1])
            for i in np.flatnonzero(cross)
        ]
        return next((float(t) for t in times if t >= since_s), None)

    def _finish(self, run: _Run) -> None:
        start_s = float(run.trigger_s or 0.0) - self._before_s()
        range_s = float(self.settings("range_s"))
        self._count += 1
        self._record = _Record(
            self._count, float(run.trigger_s or 0.0), start_s, range_s, self.settings("kind"),
            self.world.observe(start_s, start_s + range_s),
            {k: self._setting(k) for k in range(1, CHANNELS + 1) if self.settings("display", k)},
        )
        single = run.single
        self._stop()
        if not single:
            self._start(single=False)

    def _setting(self, k: int) -> Setting:
        probe = float(self.settings("probe", k))
        kind, average = self.settings("kind"), 1
        if kind == "HRES":
            average = max(int(2 * RATE_MAX_HZ * self.settings("range_s") / SCREEN_POINTS), 1)
        elif kind == "AVER":
            average = int(self.settings("count"))
        return Setting(
            channel=k, scale_v=self.settings("scale", k) / probe,
            offset_v=self.settings("offset", k) / probe,
            limited=bool(self.settings("limited", k)), average=average,
        )

    def _armed_event(self) -> str:
        self._update()
        was, self._was_armed = self._was_armed, False
        return nr1(was)

    def _trigger_event(self) -> str:
        self._update()
        was, self._was_triggered = self._was_triggered, False
        return nr1(was)

    def _condition(self) -> int:
        self._update()
        if self._run is None:
            return 0
        waiting = self._run.trigger_s is None and self.world.touch() >= self._run.armed_s
        return 8 + (32 if waiting else 0)

    # --- reading

    def _channel(self) -> int:
        return int(self.settings("wave_source")[-1])

    def _shown(self) -> _Record:
        self._update()
        if self._record is None:
            raise InstrumentError(-230, "Data corrupt or stale; no acquisition")
        if self._channel() not in self._record.settings:
            raise conflict(f"channel {self._channel()} is off")
        return self._record

    def _set_points(self, _: int, points: float) -> None:
        self.settings.values["points", 1] = int(points)

    def _points(self, record: _Record) -> int:
        depth = int(min(RATE_MAX_HZ * record.range_s, MEMORY))
        most = min(int(self.settings("points")), max(depth, RECORD_POINTS[0]))
        fine = record.kind == "HRES"  # averages are kept for the screen's record only
        if fine or self.settings("points_mode") == "NORM" or self._run is not None:
            most = min(most, SCREEN_POINTS)
        return max(n for n in RECORD_POINTS if n <= most)

    def _preamble(self) -> str:
        record = self._shown()
        n, setting = self._points(record), record.settings[self._channel()]
        probe = self.settings("probe", self._channel())
        wide = self.settings("format") != "BYTE"
        unit = setting.lsb_v * probe / (256.0 if wide else 1.0)
        middle = (32768 if wide else 128) if self.settings("unsigned") else 0
        numbers = [
            record.range_s / n, record.start_s - record.trigger_s, 0, unit,
            setting.offset_v * probe, middle,
        ]
        head = [FORMATS[self.settings("format")], TYPES[record.kind], n, self._averages(record)]
        return ",".join([*(f"{v:+d}" for v in head), *(f"{v:+.8E}" for v in numbers)])

    def _averages(self, record: _Record) -> int:
        return int(self.settings("count")) if record.kind == "AVER" else 1

    def _codes(self) -> npt.NDArray[np.uint16]:
        record, k = self._shown(), self._channel()
        n, setting = self._points(record), record.settings[k]
        at_s = np.asarray(record.start_s + np.arange(n) * (record.range_s / n), dtype=float)
        late_s = self.hidden.within(f"skew{k}", self.figures.skew_s)
        v_v = np.zeros(n)
        if k in self.nodes:
            v_v = self.front.filtered(
                record.seen.t_s, record.seen.node_v[self.nodes[k]], at_s - late_s,
                limited=setting.limited,
            )
        if self.settings("invert", k):
            v_v = -v_v
        if "clipped" in self.broken:
            v_v = np.full(n, setting.offset_v + DIVISIONS * setting.scale_v)
        return self.front.codes(v_v, at_s, setting, self.hidden.stream(f"{record.number}/{k}"))

    def _data(self) -> str:
        codes, kind = self._codes(), self.settings("format")
        if kind == "ASC":
            body = ",".join(f"{v:+.5E}" for v in self._volts()).encode()
        elif kind == "BYTE":
            narrow = codes >> 8
            signed = narrow if self.settings("unsigned") else narrow ^ 0x80
            body = signed.astype(np.uint8).tobytes()
        else:
            words = codes if self.settings("unsigned") else codes ^ 0x8000
            order = "<u2" if self.settings("order") == "LSBF" else ">u2"
            body = words.astype(order).tobytes()
        return f"#8{len(body):08d}" + body.decode("latin-1")

    def _volts(self) -> Floats:
        record, k = self._shown(), self._channel()
        setting, probe = record.settings[k], self.settings("probe", k)
        steps = self._codes().astype(float) / 256.0 - 128.0
        return np.asarray((steps * setting.lsb_v + setting.offset_v) * probe)

    def _measured(self, what: Any, _: int, names: list[str] | None = None) -> str:
        channels = [name for name in names or () if name.upper().startswith("CHAN")]
        if channels:
            self.settings.values["wave_source", 1] = _source(channels[0])
        self._update()
        if self._record is None or self._channel() not in self._record.settings:
            return NO_READING
        return _nr3(float(what(self._volts())))


def _source(name: str) -> str:
    text = name.strip().upper()
    return f"CHAN{text[-1]}" if text.startswith("CHAN") else text[:3]


def _nr3(value: float) -> str:
    return f"{value:+.5E}" if math.isfinite(value) else NO_READING
