"""The few numbers that are read first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from memrig.hil.protocols.iv_sweep import loop_area
from memrig.hil.report.seen import Seen
from memrig.hil.stimulus import Role
from memrig.hil.units import shown


@dataclass(frozen=True, slots=True)
class Card:
    """One number with what it is."""

    name: str
    value: str
    about: str = ""


def cards(seen: Seen) -> list[Card]:
    """What the run found, what the model says, in order of importance."""
    makers = {"loop": _loop, "series": _series, "stdp": _stdp, "reads": _reads}
    own = makers.get(seen.protocol.figure, lambda _: [])(seen)
    return [*_agreement(seen), *(card for card in own if card.value)]


def _agreement(seen: Seen) -> list[Card]:
    found = seen.overlay
    if found.get("nrmse") is None:
        return []
    made = [Card("nrmse", f"{found['nrmse']:.3g}",
                 f"RMS(measured − {found.get('model', 'model')}) over RMS(measured)")]
    if found.get("rmse_a") is not None:
        made.append(Card("rmse", shown(found["rmse_a"], "A", 3), "of the current"))
    if found.get("chi2_dg") is not None:
        made.append(Card("reduced χ²", f"{found['chi2_dg']:.3g}",
                         "of the conductance increments; 1 for a right model"))
    return made


def _number(value: Any, unit: str) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return shown(float(value), unit, 3)


def _loop(seen: Seen) -> list[Card]:
    values = seen.values
    areas = [loop_area(r.trace(*place)) for _, r in seen.main if r.role is Role.SWEEP
             for place in r.blocks()]
    return [
        Card("loop area", _number(areas[-1] if areas else None, "W"),
             "last loop" if len(areas) > 1 else "both lobes"),
        Card("low resistance", _number(values.get("r_lrs_ohm"), "ohm"), _at_read(values)),
        Card("high resistance", _number(values.get("r_hrs_ohm"), "ohm"), _at_read(values)),
        Card("SET at", _number(values.get("v_set_v"), "V"), "at the device"),
        Card("RESET at", _number(values.get("v_reset_v"), "V"), "at the device"),
        Card("points", str(seen.sweep.t_s.size), _span(seen)),
    ]


def _at_read(values: Mapping[str, Any]) -> str:
    return f"at ±{_number(values.get('read_v'), 'V')}"


def _span(seen: Seen) -> str:
    t_s = seen.sweep.t_s
    return f"in {shown(float(t_s[-1] - t_s[0]), 's', 3)}" if t_s.size else ""


def _series(seen: Seen) -> list[Card]:
    values = seen.values
    g = np.array(values.get("conductance_siemens", []))
    return [
        Card("conductance", _range(g), "smallest to largest"),
        Card("dynamic range", _number(values.get("dynamic_range"), "1"), "largest over smallest"),
        Card("pulses", str(g.size) if g.size else "", "each with a read"),
        Card("nonlinearity", _pair(values, "nonlinearity_ltp", "nonlinearity_ltd"),
             "potentiation / depression, NeuroSim's label"),
        Card("asymmetry", _number(values.get("asymmetry"), "1"), "0: depression retraces"),
    ]


def _range(g: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return f"{_number(float(g.min()), 'S')} … {_number(float(g.max()), 'S')}" if g.size else ""


def _pair(values: Mapping[str, Any], one: str, other: str) -> str:
    found = [_number(values.get(name), "1") or "–" for name in (one, other)]
    return " / ".join(found) if set(found) != {"–"} else ""


def _stdp(seen: Seen) -> list[Card]:
    values = seen.values
    dw = [w for w in values.get("dw_article_percent", []) if w is not None]
    rel = [d for d in values.get("dg_rel", []) if d is not None]
    energy = [e for e in values.get("energy_j", []) if e is not None]
    return [
        Card("ΔW", f"{_signed(dw)} %" if dw else "", "article's formula, W = R"),
        Card("dG/G0", _signed(rel) if rel else "", "(G − G0)/G0"),
        Card("detection limit", _number(values.get("detection_limit_rel"), "1"),
             "dG/G0, 3σ of the shams"),
        Card("pairs", str(len(dw)) if dw else "", f"{len(set(values.get('dt_s', [])))} delays"),
        Card("energy per event", _number(max(energy), "J") if energy else "", "at most"),
    ]


def _signed(values: list[float]) -> str:
    return f"{min(values):+.3g} … {max(values):+.3g}".replace("-", "−")


def _reads(seen: Seen) -> list[Card]:
    values = seen.values
    g, u = values.get("g_siemens"), values.get("u_siemens", values.get("u_dg_siemens"))
    uncertain = f" ± {_number(u, 'S')}" if u and "g_siemens" in values else ""
    return [
        Card("contact", str(values.get("verdict", "")), "at the read voltage"),
        Card("conductance", _number(g, "S") + uncertain if g else "", _where(values)),
        Card("resistance", _number(values.get("resistance_ohm"), "ohm"), _where(values)),
        Card("ΔG", _number(values.get("dg_siemens"), "S"), "G − G0"),
        Card("dG/G0", _number(values.get("dg_rel"), "1"), "(G − G0)/G0"),
        Card("ΔW", _number(values.get("dw_article_percent"), "%"), "article's formula, W = R"),
    ]


def _where(values: Mapping[str, Any]) -> str:
    return f"at {_number(values['read_v'], 'V')}" if "read_v" in values else "after the pulse"
