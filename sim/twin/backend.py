"""The twin as a PyVISA library: ``pyvisa.ResourceManager("bench.toml@memrig")``.

The only module of the simulation that knows PyVISA. Any VISA program can use it in process.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pyvisa import attributes, constants, highlevel, rname
from pyvisa.constants import ResourceAttribute, StatusCode
from pyvisa.util import LibraryPath

from memrig.hil.clock import Clock, SystemClock, VirtualClock
from memrig.hil.errors import RequestError
from memrig.sim.twin.faulty import LinkLostError
from memrig.sim.twin.scpi_exchange import Port, Stream
from memrig.sim.twin.twin import Twin, open_twin

DEFAULT_TWIN = "twin"
TIMEOUT_MS = 2000
_REGISTERED: dict[str, Twin] = {}


@contextmanager
def registered(name: str, twin: Twin) -> Iterator[str]:
    """Make a twin that exists already reachable; gives the name of its PyVISA library.

    It is gone when left. Its clock is its own, so with model time nothing ever waits.
    """
    if name in _REGISTERED:
        raise RequestError(f"a twin is registered as {name!r} already; choose another name")
    _REGISTERED[name] = twin
    try:
        yield f"{name}@memrig"
    finally:
        del _REGISTERED[name]


@dataclass(slots=True)
class _Session:
    """One open resource."""

    link: Port | Stream
    clock: Clock
    attributes: dict[int, Any]
    _is_cut: bool = False

    def write(self, data: bytes) -> StatusCode:
        """Send bytes, as viWrite says how it went."""
        if self._is_cut:
            return StatusCode.error_connection_lost
        try:
            self.link.write(data, end=bool(self.attributes[ResourceAttribute.send_end_enabled]))
        except LinkLostError:
            self._is_cut = True
            return StatusCode.error_connection_lost
        return StatusCode.success

    def clear(self) -> StatusCode:
        """Device clear, as viClear says how it went."""
        if self._is_cut:
            return StatusCode.error_connection_lost
        self.link.clear()
        return StatusCode.success

    @property
    def until(self) -> int | None:
        """The termination character, where it is switched on."""
        on = self.attributes[ResourceAttribute.termchar_enabled]
        return int(self.attributes[ResourceAttribute.termchar]) if on else None

    @property
    def timeout_s(self) -> float:
        """How long a read waits; infinity for ever."""
        asked_ms = int(self.attributes[ResourceAttribute.timeout_value])
        return math.inf if asked_ms == constants.VI_TMO_INFINITE else asked_ms / 1e3

    def read(self, count: int) -> tuple[bytes, StatusCode]:
        """Bytes and how the read ended, as viRead says it."""
        if self._is_cut:
            return b"", StatusCode.error_connection_lost
        if self._is_late() or self._is_incomplete(count):
            return b"", StatusCode.error_timeout
        part, is_end = self.link.read(count, self.until)
        if not part:
            return part, StatusCode.error_timeout
        if is_end:
            return part, StatusCode.success
        if self.until is not None and part[-1] == self.until:
            return part, StatusCode.success_termination_character_read
        return part, StatusCode.success_max_count_read if len(part) == count else StatusCode.success

    def _is_late(self) -> bool:
        """Whether the answer takes longer than the patience; else it is waited for."""
        left_s = self.link.instrument.late_s
        if left_s <= self.timeout_s:
            self.clock.sleep(left_s)
        return left_s > self.timeout_s

    def _is_incomplete(self, count: int) -> bool:
        """A raw socket's read waits for its count or the termination character, unless told not
        to by VI_ATTR_SUPPRESS_END_EN."""
        waits = self.attributes[ResourceAttribute.suppress_end_enabled]
        if isinstance(self.link, Port) or not waits:
            return False
        return self.link.waiting < count and not self.link.has(self.until)


class MemrigVisaLibrary(highlevel.VisaLibraryBase):
    """A simulated bench as a VISA library.

    What stands before ``@memrig`` names the bench: the path of a bench file, the name of a
    ready-made twin (``twin`` when left out) or of a :func:`registered` one. Files and ready-made
    twins live in real time, so that programs which sleep work; with ``#virtual`` behind the
    name in model time, which only passes in VISA time-outs and in ``visalib.twin.world.clock``.
    Any other word behind ``#`` makes a bench of its own: PyVISA shares libraries by name.
    """

    _twin: Twin | None
    _sessions: dict[int, _Session]

    @staticmethod
    def get_library_paths() -> Iterable[LibraryPath]:
        """The default bench, for ``ResourceManager("@memrig")``."""
        return (LibraryPath(DEFAULT_TWIN),)

    @staticmethod
    def get_debug_info() -> list[str]:
        """For ``pyvisa-info``."""
        return ["memrig: simulated instruments"]

    def _init(self) -> None:
        self._handles = itertools.count(1)
        self._sessions, self._twin = {}, None
        name, _, words = str(self.library_path).partition("#")
        if name not in _REGISTERED:
            clock = VirtualClock() if "virtual" in words.split(",") else SystemClock()
            self._twin = open_twin(name, clock=clock)

    @property
    def twin(self) -> Twin:
        """The simulated bench with its ground truth.

        :raises RequestError: when it was a registered one that is gone.
        """
        if self._twin is not None:
            return self._twin
        name = str(self.library_path).partition("#")[0]
        if name not in _REGISTERED:
            raise RequestError(f"the twin {name!r} is not registered any more")
        return _REGISTERED[name]

    @property
    def resources(self) -> dict[str, str]:
        """Role of every resource: as the bench file names it, else by its role."""
        described = self.twin.description.get("instruments", {})
        names = {
            role: described.get(role, {}).get("resource", f"TCPIP0::memrig::{role}::INSTR")
            for role in self.twin.instruments
        }
        return {rname.to_canonical_name(name): role for role, name in names.items()}

    def _opened(self, session: Any) -> _Session:
        if session not in self._sessions:
            self.handle_return_value(None, StatusCode.error_invalid_object)
        return self._sessions[session]

    def open_default_resource_manager(self) -> tuple[Any, StatusCode]:
        """ViOpenDefaultRM."""
        handle = next(self._handles)
        return handle, self.handle_return_value(None, StatusCode.success)

    def list_resources(self, session: Any, query: str = "?*::INSTR") -> tuple[str, ...]:
        """ViFindRsrc."""
        return rname.filter(list(self.resources), query)

    def open(
        self, session: Any, resource_name: str,
        access_mode: constants.AccessModes = constants.AccessModes.no_lock, open_timeout: int = 0,
    ) -> tuple[Any, StatusCode]:
        """ViOpen."""
        try:
            parsed = rname.parse_resource_name(resource_name)
        except rname.InvalidResourceName:
            return 0, self.handle_return_value(None, StatusCode.error_invalid_resource_name)
        roles = {name.casefold(): role for name, role in self.resources.items()}
        role = roles.get(str(parsed).casefold())
        if role is None:
            return 0, self.handle_return_value(None, StatusCode.error_resource_not_found)
        instrument = self.twin.instruments[role]
        if not instrument.admits():
            return 0, self.handle_return_value(None, StatusCode.error_resource_not_found)
        link = Stream(instrument) if parsed.resource_class == "SOCKET" else Port(instrument)
        handle = next(self._handles)
        self._sessions[handle] = _Session(link, self.twin.world.clock, _attributes(parsed))
        return handle, self.handle_return_value(handle, StatusCode.success)  # type: ignore[arg-type]  # a number

    def close(self, session: Any) -> StatusCode:
        """ViClose."""
        self._sessions.pop(session, None)
        return self.handle_return_value(None, StatusCode.success)

    def write(self, session: Any, data: bytes) -> tuple[int, StatusCode]:
        """ViWrite."""
        one = self._opened(session)
        return len(data), self.handle_return_value(session, one.write(bytes(data)))

    def read(self, session: Any, count: int) -> tuple[bytes, StatusCode]:
        """ViRead. A time-out passes on the bench's clock; one without end, at once, for nothing
        can come any more."""
        one = self._opened(session)
        part, status = one.read(count)
        if status == StatusCode.error_timeout and math.isfinite(one.timeout_s):
            one.clock.sleep(one.timeout_s)
        return part, self.handle_return_value(session, status)

    def clear(self, session: Any) -> StatusCode:
        """ViClear."""
        return self.handle_return_value(session, self._opened(session).clear())

    def read_stb(self, session: Any) -> tuple[int, StatusCode]:
        """ViReadSTB."""
        link = self._opened(session).link
        if isinstance(link, Stream):
            return 0, self.handle_return_value(session, StatusCode.error_nonsupported_operation)
        return link.poll(), self.handle_return_value(session, StatusCode.success)

    def assert_trigger(self, session: Any, protocol: constants.TriggerProtocol) -> StatusCode:
        """ViAssertTrigger: as ``*TRG``."""
        link = self._opened(session).link
        if isinstance(link, Stream) or protocol != constants.TriggerProtocol.default:
            return self.handle_return_value(session, StatusCode.error_nonsupported_operation)
        link.write(b"*TRG\n")
        return self.handle_return_value(session, StatusCode.success)

    def flush(self, session: Any, mask: constants.BufferOperation) -> StatusCode:
        """ViFlush: only the read buffer can hold anything."""
        if mask & constants.BufferOperation.discard_read_buffer:
            return self.clear(session)
        return self.handle_return_value(session, StatusCode.success)

    def get_attribute(self, session: Any, attribute: int) -> tuple[Any, StatusCode]:
        """ViGetAttribute."""
        found = self._opened(session).attributes
        if attribute not in found:
            status = StatusCode.error_nonsupported_attribute
            return None, self.handle_return_value(session, status)
        return found[attribute], self.handle_return_value(session, StatusCode.success)

    def set_attribute(self, session: Any, attribute: int, attribute_state: Any) -> StatusCode:
        """ViSetAttribute."""
        found = self._opened(session).attributes
        if attribute not in found:
            return self.handle_return_value(session, StatusCode.error_nonsupported_attribute)
        if not attributes.AttributesByID[attribute].write:
            return self.handle_return_value(session, StatusCode.error_attribute_read_only)
        found[attribute] = attribute_state
        return self.handle_return_value(session, StatusCode.success)

    def enable_event(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism,
        context: None = None,
    ) -> StatusCode:
        """ViEnableEvent: there are none."""
        return self.handle_return_value(session, StatusCode.error_nonsupported_operation)

    def disable_event(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism
    ) -> StatusCode:
        """ViDisableEvent: PyVISA does it when it closes a resource."""
        return self.handle_return_value(session, StatusCode.success)

    def discard_events(
        self, session: Any, event_type: constants.EventType, mechanism: constants.EventMechanism
    ) -> StatusCode:
        """ViDiscardEvents: PyVISA does it when it closes a resource."""
        return self.handle_return_value(session, StatusCode.success)


def _attributes(parsed: rname.ResourceName) -> dict[int, Any]:
    """A session's attributes as they are after viOpen."""
    found: dict[int, Any] = {
        ResourceAttribute.resource_name: str(parsed),
        ResourceAttribute.resource_class: parsed.resource_class,
        ResourceAttribute.interface_type: parsed.interface_type_const,
        ResourceAttribute.interface_number: int(getattr(parsed, "board", 0)),
        ResourceAttribute.resource_manufacturer_name: "memrig (simulated)",
        ResourceAttribute.timeout_value: TIMEOUT_MS,
        ResourceAttribute.termchar: ord("\n"),
        ResourceAttribute.termchar_enabled: False,
        ResourceAttribute.send_end_enabled: True,
        ResourceAttribute.suppress_end_enabled: parsed.resource_class == "SOCKET",
        ResourceAttribute.io_prot: constants.IOProtocol.normal,
    }
    if parsed.resource_class == "SOCKET":
        # The in-process link has no Nagle; programs that switch it off shall not fail.
        found[ResourceAttribute.tcpip_nodelay] = True
    return found
