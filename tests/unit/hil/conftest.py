"""A made-up run with everything that a store must keep, for the tests around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memrig.hil.bench import BenchInfo, Capabilities, DriveAccuracy
from memrig.hil.calibration import Calibration, Correction
from memrig.hil.netlist import ideal, single_channel
from memrig.hil.plan import Adjustment, Plan, PlannedBlock
from memrig.hil.profile import Passport, Profile
from memrig.hil.record import Accuracy, Channel, Chunk, Record
from memrig.hil.stimulus import ReadWindow, Role, Stimulus
from memrig.hil.store import RunHeader, Store
from memrig.hil.waveform import Waveform

CALIBRATION = Calibration(
    measured_at="2026-01-01T12:00:00+00:00", reference="10 kohm",
    probes={"v_top@1.0 V/div": Correction(gain=1.001, offset=1e-4, u_gain_rel=1e-3)},
    elements={"r_series": (1001.5, 0.2)}, skew_s=1e-9,
)
INFO = BenchInfo(
    name="made-up", simulated=True, identities={"awg": "ACME,1,2,3"},
    netlist=single_channel(series_ohm=1e3), calibration=CALIBRATION,
    settings={"step_s": 1e-6, "range.top": "1.0 V/div"},
    drives={"top_drive": DriveAccuracy(gain_rel=1e-3, offset_v=1e-4)},
)
PROFILE = Profile(
    name="test", v_set_v=-1.0, v_reset_v=1.0, v_read_max_v=0.1, v_max_v=1.5, v_min_v=-1.5,
    i_max_a=1e-3, r_min_ohm=1e3, r_max_ohm=1e5, state="formed", protocols=("pulse-series",),
)
HEADER = RunHeader(
    protocol="pulse-series", bench=INFO, simulated=True, started_at="2026-01-01T12:00:00.000+00:00",
    parameters={"amplitude": "1.1 v_set", "widths_s": [1e-6, 1e-5], "count": 3}, preset="article",
    profile=PROFILE, passport=Passport(wafer="W1", pulses=7, charge_c=1e-9),
    model={"name": "guseinov", "parameters": {"r_on.ohm": 5882.0}, "settings": {}},
    limits={"v_max_v": 1.5}, temperature_k=293.15, versions={"memrig": "0.1", "numpy": "2"},
    seed=42, note="für Δt", tags=("first",), capabilities=Capabilities(
        v_max_v=5.0, pulse_min_s=1e-8, step_min_s=1e-9, points_max=1000,
        compliance="series-resistor", independent_bottom=False, settle_s=1e-6,
    ),
)


def _stimulus(number: int, repeat: int) -> Stimulus:
    pulse = Waveform(t_s=[0, 0, 1e-3, 1e-3], v_v=[0, 1.2, 1.2, 0])
    read = Waveform(t_s=[0, 0, 4e-3, 4e-3], v_v=[0, 0.1, 0.1, 0])
    top = pulse.then(Waveform.zero(2e-3), read, Waveform.zero(1e-3))
    return Stimulus(
        role=Role.PROGRAM, top=top, repeat=repeat, rest_before_s=0.01,
        windows=(ReadWindow(start_s=4e-3, stop_s=7e-3),),
        labels={"pulse": number, "dt_s": 1e-3 * number, "polarity": "+", "first": number == 0},
    )


def _plan(stimulus: Stimulus) -> Plan:
    blocks = tuple(
        PlannedBlock(kind=b.kind, start_s=b.start_s, top=b.top, bottom=b.bottom,
                     windows=b.windows, settings={"codes_sha256": "ab", "ranges": [1, 2.5]})
        for b in stimulus.blocks
    )
    adjusted = Adjustment(name="width", asked=1e-3, used=1.0001e-3, unit="s")
    return Plan(stimulus=stimulus, bench="made-up", blocks=blocks, spacing_s=stimulus.spacing_s,
                adjustments=(adjusted,), settings={"compliance_a": 1e-3})


def _record(number: int, repeat: int = 2) -> Record:
    stimulus = _stimulus(number, repeat)
    plan = _plan(stimulus)
    rng = np.random.Generator(np.random.Philox(key=number))
    chunks = []
    for k in range(repeat):
        for block, planned in enumerate(plan.blocks):
            n = 50
            codes = rng.integers(1000, 2000, size=n, dtype=np.int16)
            floats = np.linspace(0.01, 0.02, n)
            t_s = np.linspace(0.0, planned.duration_s, n)
            accuracy = Accuracy(key="scope", gain_rel=0.01, noise=1e-4)
            chunks.append(Chunk(repeat=k, block=block, t_s=number + k / 10 + block / 100, channels=(
                Channel(probe="v_top", data=codes, scale=1e-4, offset=-1e-3,
                        dt_s=planned.duration_s / (n - 1), range_name="1.0 V/div",
                        accuracy=accuracy),
                Channel(probe="v_bottom", data=floats, t_s=t_s, accuracy=accuracy,
                        status=np.where(floats > 0.019, 2, 0).astype(np.uint16)),
            )))
    return Record(
        stimulus=stimulus, plan=plan, netlist=INFO.netlist, calibration=CALIBRATION,
        chunks=tuple(chunks), t_s=float(number), simulated=True, notes=("made up",),
    )


def _model_record(record: Record) -> Record:
    chunks = tuple(
        Chunk(repeat=c.repeat, block=c.block, t_s=c.t_s, channels=(
            Channel(probe="v_top", data=np.full(20, 0.1), dt_s=1e-4),
            Channel(probe="i_top", data=np.full(20, 1e-5), dt_s=1e-4),
        )) for c in record.chunks
    )
    return Record(stimulus=record.stimulus, plan=record.plan, netlist=ideal(1e3),
                  calibration=Calibration(), chunks=chunks, t_s=record.t_s, simulated=True)


def as_plain(record: Record) -> dict[str, Any]:
    """A record as values that ``==`` compares, arrays with their types included."""
    return {
        "stimulus": record.stimulus.to_json(), "plan": record.plan.to_json(),
        "hash": record.plan.sha256, "netlist": record.netlist, "calibration": record.calibration,
        "rest": (record.t_s, record.cut_short, record.simulated, record.notes),
        "chunks": [
            (c.repeat, c.block, c.t_s, [
                (ch.probe, ch.data.dtype.str, ch.data.tolist(), ch.scale, ch.offset, ch.t0_s,
                 ch.dt_s, ch.t_s.tolist(), ch.status.tolist(), ch.range_name, ch.accuracy)
                for ch in c.channels
            ]) for c in record.chunks
        ],
    }


@dataclass
class MadeUp:
    """The made-up run and what it is made of."""

    header: RunHeader = HEADER
    records: list[Record] = field(default_factory=lambda: [_record(k) for k in range(3)])
    record: Callable[..., Record] = _record
    model_record: Callable[[Record], Record] = _model_record
    as_plain: Callable[[Record], dict[str, Any]] = as_plain
    result: dict[str, Any] = field(default_factory=lambda: {
        "values": {"g_siemens": [1e-4, 2e-4]}, "warnings": ["careful"],
    })
    messages: tuple[tuple[float, str, str, str], ...] = (
        (0.5, "awg", ">", "*IDN?"), (0.6, "awg", "<", "ACME,1,2,3\n"),
    )

    def write(self, path: Path, overlay: bool = True) -> str:
        """Store it; returns the run's id."""
        with Store.open(path) as store:
            writer = store.begin(self.header)
            for k, record in enumerate(self.records):
                writer.record(k, record)
                if overlay:
                    writer.record(k, self.model_record(record), "overlay")
            writer.transcript(self.messages)
            writer.finish("finished", result=self.result, message="done",
                          overlay={"nrmse": 0.1, "model": "guseinov"} if overlay else None,
                          passport=Passport(wafer="W1", pulses=13))
            return writer.run_id


@pytest.fixture
def made_up() -> MadeUp:
    """A run of three stimuli with codes, floats, flags, readings, overlay and messages."""
    return MadeUp()
