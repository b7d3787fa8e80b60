"""``memrig twin serve``: simulated instruments for memrig and for any other VISA program."""

from __future__ import annotations

from argparse import Namespace

from memrig.hil.cli.run import stop_signals
from memrig.hil.clock import SystemClock, VirtualClock
from memrig.hil.opening import description_of, host


def twin(arguments: Namespace) -> int:
    """Serve until interrupted; the first lines printed say where."""
    description = description_of(arguments.bench)
    clock = SystemClock() if arguments.clock == "real" else VirtualClock()
    with stop_signals() as stop, host(description, clock=clock, seed=arguments.seed) as served:
        for role, instrument in served["instruments"].items():
            print(f"{role}: {instrument['resource']}", flush=True)
        print("simulated instruments, on loopback only; end with Ctrl-C", flush=True)
        stop.wait()
    return 0
