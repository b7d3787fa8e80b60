"""What all benches of instruments have in common: links, identities, the way to safety."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from memrig.drivers.guardian import Guardian, WardTask
from memrig.drivers.roles import Instrument
from memrig.drivers.transport import Row, Transport
from memrig.hil.bench import BenchInfo, DriveAccuracy, SafeState, safe_exit
from memrig.hil.calibration import Calibration
from memrig.hil.clock import Clock, SystemClock
from memrig.hil.errors import MemrigError, RequestError, StoppedError
from memrig.hil.guarding import SETTING
from memrig.hil.netlist import Netlist
from memrig.hil.opening import HERE

PART_U_REL = 0.003
"""Standard uncertainty of a 1 % resistor and of a 50 ohm output, relative."""
TOLERATED = ("r_series", "top_drive", "bottom_drive")
SIMULATED_SERIAL = "TWIN"
"""How the serial numbers of simulated instruments begin."""


@contextmanager
def connected(description: Mapping[str, Any], clock: Clock) -> Iterator[dict[str, Transport]]:
    """Links to all instruments of a bench; closed again if anything in the context fails, with
    what was exchanged until then in the error.

    A description with ``plan_only`` is not connected: its bench can prepare, and nothing else.

    :raises RequestError: when an instrument has no address.
    :raises LinkError: when one cannot be reached.
    """
    link = not description.get("plan_only", False)
    with ExitStack() as stack:
        wires: dict[str, Transport] = {}
        try:
            for role, one in description.get("instruments", {}).items():
                if link and "resource" not in one:
                    message = (
                        f"[instruments.{role}] has no resource; give its VISA address, e.g. "
                        "resource = \"TCPIP0::192.168.1.5::5025::SOCKET\""
                    )
                    raise RequestError(message)
                wires[role] = Transport(one.get("resource", ""), name=role, clock=clock,
                                        link=link, library=one.get("library", "@py"),
                                        here=bool(one.get(HERE)))
                stack.callback(wires[role].close)
            yield wires
        except MemrigError as error:
            error.exchanged = _exchanged(wires.values())
            raise
        stack.pop_all()


def _exchanged(wires: Iterable[Transport]) -> list[Row]:
    """Messages since last taken, in the order they were exchanged."""
    return [row for _, row in sorted(row for one in wires for row in one.take_numbered())]


def with_tolerances(netlist: Netlist, given: Mapping[str, float]) -> Netlist:
    """The netlist with standard uncertainties of its parts: 1 % parts unless given."""
    for element in netlist.elements:
        u_rel = float(given.get(element.name, PART_U_REL if element.name in TOLERATED else 0.0))
        if u_rel and element.value:
            netlist = netlist.with_value(element.name, element.value, u_rel=u_rel)
    return netlist


class InstrumentBench:
    """Base of the benches: connects, describes, makes safe, closes.

    :param opened: how it was opened, for whoever wants to open it again.
    """

    def __init__(
        self, *, name: str, netlist: Netlist, instruments: Mapping[str, Instrument], clock: Clock,
        calibration: Calibration, opened: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.clock = name, clock
        self._opened = dict(opened or {})
        self._netlist, self._calibration = netlist, calibration
        self._instruments = dict(instruments)
        self._lock = threading.RLock()
        self._told_off = self._leaving = 0
        self._is_off = False
        self._closed = not all(one.transport.is_linked for one in self._instruments.values())
        self._identities = {role: "not connected" if self._closed else one.connect()
                            for role, one in self._instruments.items()}
        self._guardian = Guardian(name, [] if self._closed else _wards(self._instruments))
        if self._guardian.has_wards:
            self._be_watched()

    def _be_watched(self) -> None:
        """Give beats wherever the run makes progress or waits: not from a thread of its own,
        which would go on when the run hangs."""
        for one in self._instruments.values():
            one.transport.on_progress = self.progressed
        if isinstance(self.clock, SystemClock):
            self.clock.while_waiting = self.progressed

    def progressed(self) -> None:
        """The run goes on, or waits for somebody: this process is alive."""
        if self._leaving:  # nothing keeps anybody from switching off
            self._guardian.sign()
        else:
            self._guardian.beat()

    def _drives(self) -> Mapping[str, DriveAccuracy]:
        return {}

    @property
    def simulated(self) -> bool:
        """Whether any instrument is a simulated one."""
        return any(map(_is_simulated, self._identities.values()))

    def describe(self) -> BenchInfo:
        """Identities as they answered, netlist, calibration."""
        guarded = {SETTING: self._guardian.word.name} if self._guardian.has_wards else {}
        return BenchInfo(
            name=self.name, simulated=self.simulated, identities=self._identities,
            netlist=self._netlist, calibration=self._calibration, drives=self._drives(),
            resources={role: one.transport.resource for role, one in self._instruments.items()},
            real=tuple(role for role, identity in self._identities.items()
                       if not (self._closed or _is_simulated(identity))),
            settings={"opened": self._opened, **guarded,
                      "messages": {role: one.transport.counters.messages
                                   for role, one in self._instruments.items()}},
        )

    @property
    def transcript(self) -> list[Row]:
        """Messages since last taken, all instruments, in the order they were exchanged."""
        return _exchanged(one.transport for one in self._instruments.values())

    def energise(self) -> None:
        """Drive 0 V on all channels, then turn the outputs on; only within ``safe_exit``."""
        raise NotImplementedError

    @contextmanager
    def energised(self) -> Iterator[None]:
        """0 V on all channels with the outputs on; leaving turns them off.

        A guardian process is armed meanwhile, and stays so when the instruments do not say that
        they are off.

        :raises BenchError: when there can be no guardian; nothing was switched on.
        """
        self._guardian.arm()
        self._is_off = False
        try:
            with safe_exit(self, self.energise):
                yield
        finally:
            if self._is_off:
                self._guardian.disarm()

    def make_safe(self) -> SafeState:
        """Stop, 0 V, off, everywhere; then ask. No step prevents the next. Any thread, any time."""
        self._told_off += 1
        self._leaving += 1
        self._is_off = False
        try:
            safe = self._made_safe()
        finally:
            self._leaving -= 1
        self._is_off = safe.off
        return safe

    def _made_safe(self) -> SafeState:
        with self._lock:
            if self._closed:
                return SafeState(off=True, verified=False, messages=("not connected",))
            # Who drives something first: it does not wait for one that only listens, and is mute.
            ordered = sorted(self._instruments.items(), key=lambda one: not one[1].off_answers())
            said = [m for role, one in ordered for m in _switched_off(role, one)]
            for role, one in ordered:
                if one.transport.outrun():
                    said += _switched_off(role, one)
            doubts = [d for role, one in ordered for d in _doubts(role, one)]
            return SafeState(off=not doubts, verified=not doubts, messages=(*said, *doubts))

    def _switch_on(self, told_off: int, output_on: Callable[[], None]) -> None:
        """Connect the outputs, unless another thread has wanted them off meanwhile.

        :param told_off: how often that had been wanted before the settings were begun.
        :raises StoppedError: when it was wanted; leaving ``energised`` switches off again.
        """
        if self._told_off == told_off:
            output_on()
        if self._told_off != told_off:
            raise StoppedError("the bench was made safe while it was being energised")

    def close(self) -> None:
        """Make safe, then release the instruments. Twice does no harm."""
        with self._lock:
            if self._closed:
                return
            if self.make_safe().off:
                self._guardian.disarm()
            self._closed = True
            for one in self._instruments.values():
                one.transport.close()
            self._guardian.close()


def _wards(instruments: Mapping[str, Instrument]) -> list[WardTask]:
    """Instruments that drive something and outlive this process. Those that are simulated in this
    process end with it: there is nothing to guard."""
    return [
        WardTask(role=role, resource=one.transport.resource, library=one.transport.library,
                 off=list(one.off_messages()), answers=dict(one.off_answers()))
        for role, one in instruments.items()
        if one.off_answers() and not one.transport.is_here
    ]


def _is_simulated(identity: str) -> bool:
    """Whether the serial number of an answer to ``*IDN?`` is a simulated instrument's."""
    parts = identity.split(",")
    return len(parts) >= 3 and parts[2].strip().startswith(SIMULATED_SERIAL)


def _switched_off(role: str, one: Instrument) -> list[str]:
    failed = []
    for message in one.off_messages():
        try:
            _sent(one, message)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next step is taken
            failed.append(f"{role}: {message} could not be sent: {error}")
    return failed


def _sent(one: Instrument, message: str) -> None:
    """Send, also when somebody interrupts meanwhile: switching off is what he wants."""
    try:
        one.transport.write_anyway(message)
    except KeyboardInterrupt:
        one.transport.write_anyway(message)


def _doubts(role: str, one: Instrument) -> list[str]:
    """What is to be shouted of an instrument that does not say that it is off: of every output on
    its own. Each is asked twice: a link may fail meanwhile, or somebody may interrupt."""
    asked = one.off_answers()
    with suppress(Exception, KeyboardInterrupt):  # whatever it is, it is asked again
        if one.transport.answers(asked):
            return []
    return [said for question, answer in asked.items()
            if (said := _doubt(role, one, question, answer))]


def _doubt(role: str, one: Instrument, question: str, answer: str) -> str:
    try:
        if one.transport.answers({question: answer}):
            return ""
    except KeyboardInterrupt:  # what he wants is just being looked after
        return f"{role}: OUTPUT STATE UNKNOWN ({question}): interrupted from the keyboard"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is not confirmed
        return f"{role}: OUTPUT STATE UNKNOWN ({question}): {error}"
    return f"{role}: OUTPUT STILL ON although told off ({question})"
