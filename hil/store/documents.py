"""A run as event-model documents: start, descriptor, event, stop.

Ref: bluesky event-model, JSON schemas run_start, event_descriptor, event and run_stop. Names of
entries hold neither dots nor slashes there, at any depth, and nothing but finite numbers.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from memrig.hil.plan import Plan
from memrig.hil.record import Record
from memrig.hil.store.codec import finite
from memrig.hil.store.header import RunHeader
from memrig.hil.store.points import points_of

Document = dict[str, Any]

STREAMS = {"bench": "primary", "overlay": "model"}
EXIT = {"finished": "success", "stopped": "abort", "failed": "fail"}

_KEYS = {
    "step": ("integer", None), "role": ("string", None), "plan_sha256": ("string", None),
    "repeats": ("integer", None), "points": ("integer", None), "t_s": ("number", "s"),
    "cut_short": ("boolean", None),
}
ARRAYS = {"t_s": "s", "v_dut_v": "V", "i_a": "A", "status": "1"}


def start(header: RunHeader, uid: str, time_s: float) -> Document:
    """The document that a run begins with: its conditions."""
    conditions = header.to_json()
    del conditions["bench"], conditions["note"], conditions["tags"], conditions["protocol"]
    return {
        "uid": uid, "time": time_s, "plan_name": header.protocol,
        "plan_args": plain(conditions.pop("parameters")), "simulated": header.simulated,
        "bench": header.bench.name, "note": header.note, "tags": list(header.tags),
        "sample": plain({"device": header.passport.device, "wafer": header.passport.wafer,
                         "die": header.passport.die, "cell": header.passport.cell}),
        "conditions": plain(conditions),
    }


def descriptor(header: RunHeader, source: str, start_uid: str, time_s: float) -> Document:
    """What the events of one stream hold, and the settings they were taken with."""
    where = "SIMULATED " if header.simulated or source == "overlay" else ""
    keys: dict[str, Any] = {
        name: {"dtype": kind, "shape": [], "source": f"{where}{header.bench.name}"}
        | ({"units": unit} if unit else {})
        for name, (kind, unit) in _KEYS.items()
    }
    settings = plain({"settings": header.bench.settings, "identities": header.bench.identities})
    texts = {"source": header.bench.name, "dtype": "string", "shape": []}
    return {
        "uid": str(uuid.uuid4()), "time": time_s, "run_start": start_uid,
        "name": STREAMS[source], "data_keys": keys, "hints": {},
        "object_keys": {"bench": list(keys)},
        "configuration": {"bench": {
            "data": {"identities": str(settings["identities"]),
                     "settings": str(settings["settings"])},
            "data_keys": {"identities": texts, "settings": texts},
            "timestamps": {"identities": time_s, "settings": time_s},
        }},
    }


def event(
    descriptor_uid: str, number: int, plan: Plan, *, step: int, points: int, t_s: float,
    cut_short: bool, time_s: float,
) -> Document:
    """One stimulus that came to its end; ``number`` counts from 1 in its stream."""
    data = {
        "step": step, "role": str(plan.stimulus.role), "plan_sha256": plan.sha256,
        "repeats": plan.repeat, "points": points, "t_s": t_s, "cut_short": cut_short,
    }
    return {
        "uid": str(uuid.uuid4()), "time": time_s, "descriptor": descriptor_uid,
        "seq_num": number, "data": data, "timestamps": dict.fromkeys(data, time_s),
        "filled": {},
    }


def stop(
    start_uid: str, status: str, message: str, events: Mapping[str, int], time_s: float
) -> Document:
    """The document that a run ends with; ``events`` counts them by stream."""
    return {
        "uid": str(uuid.uuid4()), "time": time_s, "run_start": start_uid,
        "exit_status": EXIT[status], "reason": message, "num_events": dict(events),
    }


def plain(value: Any) -> Any:
    """The value with names and numbers that an event-model document may hold."""
    return _named(finite(value))


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_name(key): _named(one) for key, one in value.items()}
    return [_named(one) for one in value] if isinstance(value, list) else value


def _name(key: Any) -> str:
    return str(key).replace(".", "_").replace("/", "_") or "_"


def add_array_keys(document: Document) -> None:
    """Declare in a descriptor the arrays that ``fill`` adds to its events."""
    source = document["data_keys"]["step"]["source"]
    for name, unit in ARRAYS.items():
        # The length differs from event to event: -1.
        document["data_keys"][f"point_{name}"] = {
            "dtype": "array", "shape": [-1], "source": source, "units": unit,
        }
    document["object_keys"] = {"bench": list(document["data_keys"])}


def fill(document: Document, record: Record) -> None:
    """Add the points of a record to its event; times from the stimulus' start."""
    points = points_of(record)
    for name in ARRAYS:
        document["data"][f"point_{name}"] = getattr(points, name).tolist()
        document["timestamps"][f"point_{name}"] = document["time"]
