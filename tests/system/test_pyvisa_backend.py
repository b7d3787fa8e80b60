"""The twin as a PyVISA library, used as any VISA program would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvisa
from pyvisa.constants import StatusCode

from memrig.drivers.transport import Transport
from memrig.hil.clock import VirtualClock
from memrig.hil.errors import RequestError
from memrig.sim.twin.backend import registered
from memrig.sim.twin.catalogue import single_channel
from memrig.sim.twin.twin import Twin, open_twin

BENCH = """
[bench]
kind = "awg-scope-single"
netlist = {{ series_ohm = 1e3 }}
[instruments.awg]
driver = "keysight-33500b"
resource = "{awg}"
[instruments.scope]
driver = "keysight-infiniivision"
[twin]
seed = 1
device = {{ kind = "resistor", ohm = 1e4 }}
"""
SOCKET = "TCPIP0::192.0.2.7::5025::SOCKET"


@pytest.fixture
def twin() -> Twin:
    return open_twin(single_channel(), clock=VirtualClock())


@pytest.fixture
def manager(twin: Twin) -> Iterator[pyvisa.ResourceManager]:
    with registered("backend", twin) as library:
        found = pyvisa.ResourceManager(library)
        yield found
        found.close()


def _written(folder: Path, awg: str = SOCKET) -> Path:
    path = folder / "bench.toml"
    path.write_text(BENCH.format(awg=awg), encoding="utf-8")
    return path


def test_a_bench_file_is_a_library_with_its_own_addresses(tmp_path: Path) -> None:
    manager = pyvisa.ResourceManager(f"{_written(tmp_path)}#virtual@memrig")
    assert manager.list_resources() == ("TCPIP0::memrig::scope::INSTR",)
    assert set(manager.list_resources("?*")) == {SOCKET, "TCPIP0::memrig::scope::INSTR"}
    with manager.open_resource(SOCKET, read_termination="\n", write_termination="\n") as awg:
        assert "33522B" in awg.query("*IDN?")
        awg.write("FREQ 2e3")
        assert float(awg.query("FREQ?")) == 2e3
    manager.close()


def test_names_match_in_any_case(manager: pyvisa.ResourceManager) -> None:
    with manager.open_resource("tcpip::MEMRIG::AWG") as awg:
        assert "33522B" in awg.query("*IDN?")


def test_another_name_is_no_resource(manager: pyvisa.ResourceManager) -> None:
    with pytest.raises(pyvisa.VisaIOError) as caught:
        manager.open_resource("TCPIP0::memrig::psu::INSTR")
    assert caught.value.error_code == StatusCode.error_resource_not_found


def test_blocks_arrive_whole_in_chunks_of_any_size(manager: pyvisa.ResourceManager) -> None:
    with manager.open_resource("TCPIP0::memrig::smu::INSTR", read_termination="\n") as smu:
        smu.write("FORM REAL,64;:FORM:BORD SWAP;:FORM:ELEM:SENS VOLT,CURR")
        for size in (3, 20480):
            smu.chunk_size = size
            found = smu.query_binary_values("MEAS? (@1)", "d", container=np.ndarray)
            assert found.shape == (2,)
        assert smu.query("SYST:ERR?") == '+0,"No error"'


def test_a_time_out_passes_in_model_time(manager: pyvisa.ResourceManager, twin: Twin) -> None:
    with manager.open_resource("TCPIP0::memrig::awg::INSTR", timeout=7_000) as awg:
        before_s = twin.world.clock.now_s
        with pytest.raises(pyvisa.VisaIOError) as caught:
            awg.read()
        assert caught.value.error_code == StatusCode.error_timeout
        assert twin.world.clock.now_s - before_s == pytest.approx(7.0)
        awg.timeout = None
        with pytest.raises(pyvisa.VisaIOError):
            awg.read()


def test_attributes(manager: pyvisa.ResourceManager) -> None:
    with manager.open_resource("TCPIP0::memrig::awg::INSTR") as awg:
        awg.timeout = 123
        assert awg.timeout == 123
        assert awg.resource_info.resource_class == "INSTR"
        with pytest.raises(pyvisa.VisaIOError) as caught:
            awg.set_visa_attribute(pyvisa.constants.ResourceAttribute.resource_class, "X")
        assert caught.value.error_code == StatusCode.error_attribute_read_only
        with pytest.raises(pyvisa.VisaIOError) as caught:
            awg.get_visa_attribute(pyvisa.constants.ResourceAttribute.usb_serial_number)
        assert caught.value.error_code == StatusCode.error_nonsupported_attribute


def test_a_message_may_come_in_parts(manager: pyvisa.ResourceManager) -> None:
    with manager.open_resource("TCPIP0::memrig::awg::INSTR") as awg:
        awg.send_end = False
        awg.write_raw(b"*ID")
        awg.send_end = True
        awg.write_raw(b"N?\n")
        assert "33522B" in awg.read()


def test_what_a_raw_socket_cannot_do(tmp_path: Path) -> None:
    manager = pyvisa.ResourceManager(f"{_written(tmp_path)}#virtual,raw@memrig")
    with manager.open_resource(SOCKET) as awg:
        with pytest.raises(pyvisa.VisaIOError) as caught:
            awg.read_stb()
        assert caught.value.error_code == StatusCode.error_nonsupported_operation
        awg.write("*IDN?")
        with pytest.raises(pyvisa.VisaIOError) as caught:
            awg.read()  # without a termination character it waits for more
        assert caught.value.error_code == StatusCode.error_timeout
    manager.close()


@pytest.mark.parametrize("awg", [SOCKET, "TCPIP0::192.0.2.7::inst0::INSTR"])
def test_the_transport_speaks_to_it(tmp_path: Path, awg: str) -> None:
    library = f"{_written(tmp_path, awg)}#virtual@memrig"
    wire = Transport(awg, name="awg", clock=VirtualClock(), library=library)
    assert "33522B" in wire.identify("33522B", "33522B")
    codes = np.array([0, 10, 2570, -2570, 32767, -32767, 0, 0], ">i2")
    wire.write("FORM:BORD NORM")
    wire.write_block("DATA:ARB:DAC ramp,", codes.tobytes())
    wire.check("an upload")
    wire.close()


def test_a_bench_file_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(RequestError, match=r"^the bench file nowhere\.toml cannot be read: "):
        pyvisa.ResourceManager("nowhere.toml@memrig")


def test_a_name_is_registered_once(twin: Twin) -> None:
    with (
        registered("once", twin),
        pytest.raises(RequestError, match="'once' already; choose another name"),
        registered("once", twin),
    ):
        pass


def test_a_registered_twin_is_gone_when_left(twin: Twin) -> None:
    with registered("gone", twin) as library:
        manager = pyvisa.ResourceManager(library)
    with pytest.raises(RequestError, match="'gone' is not registered any more"):
        manager.list_resources()
    manager.close()
