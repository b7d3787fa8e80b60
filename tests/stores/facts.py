"""What a store holds, in the words of the memrig that reads it: every memrig since schema 1 can.

``python facts.py STORE`` prints it as JSON; kept beside a store by who wrote it, compared later.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from memrig.hil.store import Store


def facts_of(path: Path) -> dict[str, Any]:
    """Of every run: how it is listed, how it was made, what was measured."""
    with Store.open(path) as store:
        return {"runs": [_run(one, store.load(one.run_id)) for one in store.runs()]}


def _run(line: Any, run: Any) -> dict[str, Any]:
    ensemble = getattr(run, "ensemble", None)
    return {
        "run_id": line.run_id, "protocol": line.protocol, "bench": line.bench,
        "simulated": line.simulated, "status": line.status, "points": line.points,
        "started_at": line.started_at, "finished_at": run.finished_at, "message": run.message,
        "note": line.note, "tags": list(run.tags),
        "annotations": [text for _, text in getattr(run, "annotations", ())],
        "parameters": _plain(run.header.parameters), "seed": run.header.seed,
        "device": run.header.passport.device, "plan_sha256": run.plan_sha256,
        "records": [_record(one) for one in run.records()],
        "overlay_records": [_record(one) for one in run.records("overlay")],
        "values": _plain((run.result or {}).get("values")),
        "nrmse": (run.overlay or {}).get("nrmse"),
        "messages": len(run.transcript), "documents": [name for name, _ in run.documents],
        "devices": None if ensemble is None else len(ensemble),
    }


def _record(record: Any) -> dict[str, Any]:
    traces = [record.trace(*place) for place in record.blocks()]
    return {
        "role": str(record.stimulus.role), "plan_sha256": record.plan.sha256,
        "complete": not record.cut_short,
        "data_sha256": _hash(channel.data for chunk in record.chunks for channel in chunk.channels),
        "points": sum(trace.i_a.size for trace in traces),
        "i_a": sum(float(abs(trace.i_a).sum()) for trace in traces),
        "v_dut_v": sum(float(abs(trace.v_dut_v).sum()) for trace in traces),
        "g_siemens": [reading.conductance_siemens for reading in record.readings],
        "u_siemens": [reading.u_siemens for reading in record.readings],
    }


def _hash(arrays: Any) -> str:
    found = hashlib.sha256()
    for one in arrays:
        found.update(one.dtype.str.encode() + one.tobytes())
    return found.hexdigest()


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


if __name__ == "__main__":
    json.dump(facts_of(Path(sys.argv[1])), sys.stdout)
