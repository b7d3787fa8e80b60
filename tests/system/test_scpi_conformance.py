"""The shared table of IEEE 488.2 and SCPI conformance, on the simulated 33522B: in process through
PyVISA, and over a raw loopback socket."""

from __future__ import annotations

import csv
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest
import pyvisa

from memrig.sim.twin.backend import registered
from memrig.sim.twin.catalogue import single_channel
from memrig.sim.twin.server import serve
from memrig.sim.twin.twin import open_twin

TABLE = Path(__file__).resolve().parents[3] / "shared" / "instruments" / "conformance.tsv"
QUEUE = 20
POINTS = "\n;\n;ab,#\"'\n\n1234"  # 16 bytes with every byte that means something in text
PROFILE = {
    "N": "SOUR1:FREQ", "NL": "SOURCE1:FREQUENCY", "nl": "source1:frequency", "V": "SOUR1:VOLT:OFFS",
    "B": "OUTP1", "E": "SOUR1:FUNC", "v": "1500", "big": "1e15", "u": "HZ", "k": "KHZ",
    "klow": "khz", "leaf": "FREQ", "vleaf": "VOLT", "leaf2": "SHAP", "leaf2err": "-113|-113,-420",
    "e1": "SIN", "E1L": "SINUSOID", "e2": "SQU", "e1bad": "SINU", "partial": "SOUR1:FREQU",
    "noidx": "FREQ", "badidx": "SOUR3:FREQ", "doublecolon": "SOUR1::FREQ",
    "overflow": " || ".join(["BOGUS"] * (QUEUE + 5) + ["SYST:ERR:COUN?"]),
    "overflow_exp": " || ".join(["-"] * (QUEUE + 5) + [f"~{QUEUE}"]),
    "blk_ok": f"SOUR1:DATA:VOL:CLE;:SOUR1:DATA:ARB:DAC m,#216{POINTS}",
    "blk_short": "SOUR1:DATA:ARB:DAC m,#3100abc", "str_open": 'SOUR1:FUNC:ARB "ABC',
    "blk_indef": f"SOUR1:DATA:VOL:CLE;:SOUR1:DATA:ARB:DAC m,#0{POINTS}",
}


class Wire(Protocol):
    """What a row of the table needs."""

    def write(self, text: str) -> None: ...
    def read(self) -> str | None: ...
    def act(self, action: str) -> str | None: ...


class InProcess:
    def __init__(self, resource: pyvisa.resources.MessageBasedResource) -> None:
        self.resource = resource

    def write(self, text: str) -> None:
        self.resource.write_raw(text.encode("latin-1") + b"\n")

    def read(self) -> str | None:
        try:
            return self.resource.read_raw().decode("latin-1").rstrip("\n")
        except pyvisa.VisaIOError as error:
            if error.error_code == pyvisa.constants.StatusCode.error_timeout:
                return None
            raise

    def act(self, action: str) -> str | None:
        if action == "clear":
            self.resource.clear()
        elif action == "partial":
            self.resource.read_bytes(3)
        elif action == "read_stb":
            polls = [self.resource.read_stb(), self.resource.read_stb()]
            assert polls[1] == polls[0] & ~64
            self.resource.read_raw()
            return str(polls[0])
        return None


class RawSocket:
    def __init__(self, peer: socket.socket) -> None:
        self.peer, self.data = peer, b""
        peer.settimeout(0.2)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, text: str) -> None:
        self.peer.sendall(text.encode("latin-1") + b"\n")

    def read(self) -> str | None:
        while b"\n" not in self.data:
            try:
                self.data += self.peer.recv(4096)
            except TimeoutError:
                return None
        line, _, self.data = self.data.partition(b"\n")
        return line.decode("latin-1")

    def act(self, action: str) -> str | None:
        raise AssertionError(f"a raw socket has no {action}")


@pytest.fixture(scope="module")
def in_process() -> Iterator[Wire]:
    with registered("conformance", open_twin(single_channel())) as library:
        manager = pyvisa.ResourceManager(library)
        yield InProcess(manager.open_resource("TCPIP0::memrig::awg::INSTR"))
        manager.close()


@pytest.fixture(scope="module")
def raw_socket() -> Iterator[Wire]:
    with (
        serve({"awg": open_twin(single_channel()).instruments["awg"]}) as servers,
        socket.create_connection(("127.0.0.1", servers["awg"].port)) as peer,
    ):
        peer.sendall(b"*IDN?\n")  # its thread has begun once it answers
        assert peer.recv(1024).endswith(b"\n")
        yield RawSocket(peer)


def _rows() -> list[dict[str, str]]:
    if not TABLE.is_file():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ROWS = _rows()
needs_table = pytest.mark.skipif(not ROWS, reason="the shared conformance table is not here")


def _filled(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: PROFILE[m[1]], text.replace("\\t", "\t"))


def _step(wire: Wire, send: str, expected: str) -> None:
    message, *actions = re.split(r"\s*>(?=noread|clear|partial|read_stb)", send)
    if message != "<read":
        wire.write(message)
    found = None
    for action in actions:
        found = wire.act(action) or found
    if actions and found is None:
        return
    if expected != "-":
        found = wire.read() if found is None else found
        _judge(found, expected)


def _judge(found: str | None, expected: str) -> None:
    if expected == "timeout":
        assert found is None
    elif expected != "any":
        assert found is not None, f"no reply where {expected} was expected"
        assert _fits(found, expected), f"{found!r} instead of {expected}"


def _fits(found: str, expected: str) -> bool:
    if expected[0] == "=":
        return found == expected[1:]
    if expected[0] == "~":
        wanted = [float(part) for part in expected[1:].split(";")]
        return [float(part) for part in found.split(";")] == pytest.approx(wanted, rel=1e-6)
    flags = re.IGNORECASE if expected.endswith("i") else 0
    return re.search(expected[1 : expected.rindex("/")], found, flags) is not None


def _drained(wire: Wire) -> list[int]:
    codes: list[int] = []
    for _ in range(2 * QUEUE):
        wire.write("SYST:ERR?")
        code = int((wire.read() or "").partition(",")[0])
        if code == 0:
            return codes
        codes.append(code)
    raise AssertionError("the error queue does not end")


def _run(wire: Wire, row: dict[str, str]) -> None:
    wire.write("*CLS;*ESE 0;*SRE 0")
    sends = _filled(row["send"]).split(" || ")
    for send, expected in zip(sends, _filled(row["expect"]).split(" || "), strict=True):
        _step(wire, send, expected)
    _judge_status(wire, row)
    wire.write("*OPC?")
    assert wire.read() == "1", "a stray reply"


def _judge_status(wire: Wire, row: dict[str, str]) -> None:
    wire.write("*ESR?")
    status = int(wire.read() or "")
    if row["esr"]:
        assert status & int(row["esr"])
    codes = ",".join(map(str, _drained(wire)))
    if row["id"] == "E06":
        assert codes == ",".join(["-113"] * (QUEUE - 1) + ["-350"])
    elif row["where"] != "model":  # what differs between models is not judged
        allowed = _filled(row["errors"] or "").split("|")
        assert codes in allowed


def _ids(rows: Sequence[dict[str, str]]) -> list[str]:
    return [row["id"] for row in rows]


ON_A_STREAM = [row for row in ROWS if row["where"] != "msg"]


@needs_table
@pytest.mark.parametrize("row", ROWS, ids=_ids(ROWS))
def test_in_process(in_process: Wire, row: dict[str, str]) -> None:
    _run(in_process, row)


@needs_table
@pytest.mark.parametrize("row", ON_A_STREAM, ids=_ids(ON_A_STREAM))
def test_over_a_raw_socket(raw_socket: Wire, row: dict[str, str]) -> None:
    _run(raw_socket, row)
