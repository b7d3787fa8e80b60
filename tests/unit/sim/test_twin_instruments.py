"""The simulated instruments behave as their manuals say, and their errors stay within figures."""

from __future__ import annotations

import numpy as np
import pytest

from memrig.hil.clock import VirtualClock
from memrig.hil.errors import RequestError
from memrig.sim import NonIdealities, models
from memrig.sim.twin import catalogue
from memrig.sim.twin.errors import Hidden, ScopeFigures
from memrig.sim.twin.twin import Twin, open_twin
from memrig.sim.variation import one_of

RESISTOR = {"kind": "resistor", "ohm": 1e4}


class Bench:
    """A twin with short words for what a driver does."""

    def __init__(self, description: dict, *, seed: int = 5, device: dict | None = None) -> None:
        description = {**description, "twin": {"seed": seed, "device": device or RESISTOR}}
        self.twin: Twin = open_twin(description)
        self.world = self.twin.world
        self.clock = self.world.clock

    def ask(self, role: str, message: str | bytes) -> str:
        raw = message if isinstance(message, bytes) else message.encode()
        return self.twin.instruments[role].execute(raw).decode("latin-1").rstrip("\n")

    def errors(self, role: str) -> list[int]:
        found = []
        while (reply := self.ask(role, "SYST:ERR?")) and not reply.startswith("+0"):
            found.append(int(reply.split(",")[0]))
        return found

    def upload(self, channel: int, name: str, codes: np.ndarray) -> None:
        body = codes.astype("<i2").tobytes()
        head = f"SOUR{channel}:DATA:ARB:DAC {name},#{len(str(len(body)))}{len(body)}"
        self.ask("awg", "FORM:BORD SWAP")
        self.ask("awg", head.encode() + body)

    def pulse(self, *, level: int = 9830, filtering: str = "OFF") -> None:
        """1.5 V or as asked for 500 us on channel 1, after 100 us; fired by *TRG."""
        codes = np.zeros(1000)
        codes[100:600] = level
        self.upload(1, "PULSE", codes)
        for message in ("SOUR1:FUNC:ARB PULSE", f"SOUR1:FUNC:ARB:SRAT 1E6;FILT {filtering}",
                        "SOUR1:FUNC ARB", "OUTP1:LOAD INF", "SOUR1:VOLT 10;VOLT:OFFS 0",
                        "SOUR1:BURS:NCYC 1;STAT ON", "TRIG1:SOUR BUS", "OUTP:TRIG ON",
                        "OUTP1 ON"):
            self.ask("awg", message)

    def arm(self) -> None:
        for message in ("*RST", ":CHAN1:DISP 1;:CHAN2:DISP 1", ":CHAN1:SCAL 0.5",
                        ":CHAN2:SCAL 0.05", ":TIM:REF LEFT;:TIM:RANG 1.2E-3;:TIM:POS 0",
                        ":TRIG:MODE EDGE;:TRIG:EDGE:SOUR EXT;LEV 1.0", ":TRIG:SWE NORM",
                        ":ACQ:TYPE HRES", ":SING"):
            self.ask("scope", message)

    def volts(self, channel: int, points: int = 2000) -> tuple[np.ndarray, np.ndarray]:
        self.ask("scope", f":WAV:SOUR CHAN{channel};FORM WORD;BYT LSBF;UNS 1")
        self.ask("scope", f":WAV:POIN:MODE RAW;:WAV:POIN {points}")
        pre = [float(one) for one in self.ask("scope", ":WAV:PRE?").split(",")]
        data = self.ask("scope", ":WAV:DATA?").encode("latin-1")
        assert data[:2] == b"#8"
        codes = np.frombuffer(data[10:], "<u2").astype(float)
        assert codes.size == pre[2] == int(data[2:10]) / 2
        return (np.arange(codes.size) - pre[6]) * pre[4] + pre[5], (
            codes - pre[9]) * pre[7] + pre[8]


@pytest.fixture
def bench() -> Bench:
    return Bench(catalogue.two_channel())


@pytest.fixture
def smu() -> Bench:
    return Bench(catalogue.smu())


@pytest.mark.parametrize("name", ["two_channel", "single_channel", "smu"])
def test_every_instrument_is_unmistakably_simulated_and_off(name: str) -> None:
    bench = Bench(getattr(catalogue, name)())
    for role in bench.twin.instruments:
        assert bench.ask(role, "*IDN?").split(",")[2].startswith("TWIN")
        assert bench.ask(role, "BOGUS:HEADER 1") == ""
        assert bench.errors(role) == [-113]
    assert not bench.world.outputs_on


def test_reset_turns_every_output_off(bench: Bench, smu: Bench) -> None:
    for one, role in ((bench, "awg"), (smu, "smu")):
        one.ask(role, "OUTP1 ON;:OUTP2 ON")
        assert one.world.outputs_on
        one.ask(role, "*RST")
        assert not one.world.outputs_on


def test_a_pulse_reaches_the_device_and_the_scope_shows_it(bench: Bench) -> None:
    bench.pulse()
    bench.ask("awg", "SOUR2:FUNC DC;:SOUR2:VOLT:OFFS 0;:OUTP2:LOAD INF;:OUTP2 ON")
    bench.arm()
    assert bench.ask("scope", ":AER?") == "0"
    bench.clock.sleep(1e-3)
    assert (bench.ask("scope", ":AER?"), bench.ask("scope", ":AER?")) == ("1", "0")
    assert int(bench.ask("scope", ":OPER:COND?")) == 40
    bench.world.hold("test", bench.clock.now_s)
    bench.ask("awg", "*TRG")
    assert bench.ask("awg", "*OPC?") == "1"
    bench.clock.sleep(5e-4)
    assert int(bench.ask("scope", ":OPER:COND?")) == 8
    bench.clock.sleep(2e-3)
    assert int(bench.ask("scope", ":OPER:COND?")) == 0
    truth = bench.world.truth()
    expected_v = 1.5 * 1e4 / (1e4 + 1100)
    settled_s = truth.t_s[np.argmax(truth.v_dut_v > 0.5)] + 4e-4
    assert truth.at(settled_s, truth.v_dut_v) == pytest.approx(expected_v, rel=0.02)
    t_s, v_v = bench.volts(2)
    on = (t_s > 2e-4) & (t_s < 5e-4)
    assert v_v[on].mean() == pytest.approx(expected_v / 1e4 * 1050, rel=0.05, abs=0.01)
    assert 0 < v_v[on].std() < 1e-3
    assert (bench.errors("awg"), bench.errors("scope")) == ([], [])


def test_a_shot_that_was_stopped_does_not_trigger_the_next_record(bench: Bench) -> None:
    bench.pulse()
    bench.arm()
    bench.clock.sleep(1e-3)
    bench.ask("awg", "*TRG")
    bench.ask("awg", "ABOR;:OUTP1 OFF")  # in the same instant of this clock, as what follows
    bench.ask("scope", ":STOP")
    bench.ask("scope", ":TIM:POS 2.4E-4")  # nothing before the trigger: armed at once
    bench.ask("scope", ":SING")
    assert int(bench.ask("scope", ":OPER:COND?")) == 40
    bench.ask("awg", "OUTP1 ON")
    bench.ask("awg", "*TRG")
    assert int(bench.ask("scope", ":OPER:COND?")) == 8


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    found = []
    for seed in (1, 1, 2):
        bench = Bench(catalogue.two_channel(), seed=seed)
        bench.pulse()
        bench.arm()
        bench.clock.sleep(1e-3)
        bench.ask("awg", "*TRG")
        bench.clock.sleep(2e-3)
        found.append(bench.volts(1)[1].tobytes())
    assert found[0] == found[1] != found[2]


def test_two_channels_start_together_and_the_delay_shifts_one(bench: Bench) -> None:
    bench.pulse()
    codes = np.zeros(1000)
    codes[100:600] = 6553
    bench.upload(2, "OTHER", codes)
    for message in ("SOUR2:FUNC:ARB OTHER;:SOUR2:FUNC:ARB:SRAT 1E6;FILT OFF", "SOUR2:FUNC ARB",
                    "OUTP2:LOAD INF;:SOUR2:VOLT 10", "SOUR2:BURS:STAT ON;:TRIG2:SOUR BUS",
                    "TRIG2:DEL 2E-4", "OUTP2 ON"):
        bench.ask("awg", message)
    bench.world.hold("test", 0.0)
    begin_s = bench.clock.now_s
    bench.ask("awg", "*TRG")
    bench.clock.sleep(2e-3)
    truth = bench.world.truth()
    for node, level, late_s in (("top", 0.75, 0.0), ("far", 0.5, 2e-4)):
        rising = truth.t_s[np.argmax(truth.node_v[node] > level)]
        assert rising - begin_s == pytest.approx(1e-4 + late_s, abs=2e-7)


def test_what_is_selected_last_is_where_the_output_rests(bench: Bench) -> None:
    """Clearing the memory selects a waveform that rests at -5 V; no time need pass until the next
    one is selected."""
    bench.pulse()
    bench.clock.sleep(1.0)
    bench.ask("awg", "SOUR1:DATA:VOL:CLE")
    bench.upload(1, "REST", np.zeros(8))
    bench.ask("awg", "SOUR1:FUNC:ARB REST")
    bench.clock.sleep(1.0)
    assert bench.world.level("top_drive") == pytest.approx(0.0, abs=5e-3)
    bench.ask("awg", "SOUR1:DATA:VOL:CLE")
    bench.clock.sleep(1.0)
    assert bench.world.level("top_drive") == pytest.approx(-5.0, rel=0.03)


def test_an_uploaded_name_is_not_replaced(bench: Bench) -> None:
    bench.upload(1, "A", np.full(100, 5))
    bench.upload(1, "A", np.full(100, 6))
    bench.upload(1, "SHORT", np.zeros(4))
    bench.ask("awg", "SOUR1:FUNC:ARB MISSING")
    codes = bench.errors("awg")
    assert len(codes) == 3
    assert all(code > 0 for code in codes)
    assert bench.ask("awg", "SOUR1:DATA:VOL:CAT?").endswith('"A"')
    bench.ask("awg", "SOUR1:DATA:VOL:CLE")
    bench.upload(1, "A", np.full(100, 6))
    assert bench.errors("awg") == []


@pytest.mark.parametrize(("message", "code"), [
    ("OUTP1:LOAD INF;:SOUR1:VOLT 20;:SOUR1:VOLT:OFFS 1", -221),
    ("SOUR1:VOLT 11", -222), ("SOUR1:FUNC:ARB:SRAT 1E9", -222),
    ("SOUR1:FUNC:ARB:FILT OFF;:SOUR1:FUNC:ARB:SRAT 1E8", -222), ("TRIG1:DEL 2000", -222),
    ("SOUR3:VOLT 1", -114), ("*TRG", -211),
])
def test_the_generator_refuses(bench: Bench, message: str, code: int) -> None:
    bench.ask("awg", message)
    assert bench.errors("awg") == [code]


def test_the_load_changes_the_number_and_not_the_voltage(bench: Bench) -> None:
    bench.ask("awg", "SOUR1:FUNC DC;:SOUR1:VOLT:OFFS 1;:OUTP1 ON")
    before_v = bench.world.level("top_drive")
    bench.ask("awg", "OUTP1:LOAD INF")
    assert float(bench.ask("awg", "SOUR1:VOLT:OFFS?")) == pytest.approx(2.0)
    assert bench.world.level("top_drive") == pytest.approx(before_v, rel=1e-9)
    assert bench.ask("awg", "OUTP1:LOAD?") == "+9.9E+37"


def test_a_step_filter_has_no_overshoot_and_the_normal_one_rings(bench: Bench) -> None:
    peaks = {}
    for filtering in ("STEP", "NORM", "OFF"):
        bench.ask("awg", "*RST")
        bench.pulse(filtering=filtering)
        begin_s = bench.clock.now_s
        bench.world.hold("test", begin_s)
        bench.ask("awg", "*TRG")
        bench.clock.sleep(2e-3)
        truth = bench.world.truth(begin_s)
        top = truth.node_v["top"]
        settled_s = truth.t_s[np.argmax(top > 0.75)] + 3e-4
        peaks[filtering] = top.max() / truth.at(settled_s, top)
        bench.world.release("test")
        bench.clock.sleep(1.0)
    assert peaks["OFF"] == pytest.approx(1.0, abs=4e-3)
    assert peaks["STEP"] == pytest.approx(1.0, abs=4e-3)
    assert 1.05 < peaks["NORM"] < 1.13


def test_a_clipped_record_ends_at_the_last_code_and_no_code_is_zero(bench: Bench) -> None:
    bench.pulse()
    bench.arm()
    bench.ask("scope", ":STOP;:CHAN1:SCAL 0.1;:CHAN1:OFFS 0;:ACQ:TYPE NORM;:SING")
    bench.clock.sleep(1e-3)
    bench.ask("awg", "*TRG")
    bench.clock.sleep(2e-3)
    bench.ask("scope", ":WAV:SOUR CHAN1;FORM BYTE;UNS 1;:WAV:POIN 1000")
    codes = bench.ask("scope", ":WAV:DATA?").encode("latin-1")[10:]
    assert max(codes) == 255
    assert min(codes) > 0


def test_without_a_record_or_a_channel_there_is_an_error_and_no_data(bench: Bench) -> None:
    assert bench.ask("scope", ":WAV:DATA?") == ""
    assert bench.errors("scope") == [-230]
    bench.ask("scope", ":SING;:SING")
    assert bench.errors("scope") == [-221]


def test_the_scope_triggers_on_an_edge_of_its_own_channel(bench: Bench) -> None:
    bench.pulse()
    bench.arm()
    bench.ask("scope", ":STOP;:TRIG:EDGE:SOUR CHAN1;LEV 0.7;:SING")
    bench.clock.sleep(1e-3)
    bench.ask("awg", "*TRG")
    bench.clock.sleep(3e-3)
    t_s, v_v = bench.volts(1)
    assert t_s[np.argmax(v_v > 0.7)] == pytest.approx(0.0, abs=2e-6)


def test_a_pulse_list_reads_inside_every_pulse(smu: Bench) -> None:
    for message in (
        "*RST", ":SOUR1:FUNC:SHAP PULS;:SOUR1:VOLT:RANG 2;:SOUR1:VOLT 0", ":SOUR1:VOLT:MODE LIST",
        ":SOUR1:LIST:VOLT 1.5,-1.2,0.9", ":SOUR1:PULS:WIDT 100E-6", ":SENS1:CURR:APER 2E-5",
        ":SENS1:CURR:RANG 1E-3;PROT 1E-2", ":SENS2:CURR:PROT 1E-2",
        ":TRIG1:ALL:SOUR TIM;COUN 3;TIM 5E-4",
        ":TRIG1:ACQ:DEL 6E-5", ":FORM:ELEM:SENS VOLT,CURR,TIME,STAT,SOUR", ":OUTP2 ON;:OUTP1 ON",
        ":INIT (@1)",
    ):
        smu.ask("smu", message)
    assert int(smu.ask("smu", ":STAT:OPER:COND?")) & 18 == 0
    assert float(smu.ask("smu", ":SENS1:DATA?")) == 9.91e37
    smu.clock.sleep(7e-4)
    assert len(smu.ask("smu", ":SENS1:DATA? 0").split(",")) == 10
    smu.clock.sleep(2e-3)
    assert int(smu.ask("smu", ":STAT:OPER:COND?")) & 18 == 18
    rows = np.array(smu.ask("smu", ":FETC:ARR? (@1)").split(","), dtype=float).reshape(3, 5)
    assert rows[:, 0] == pytest.approx([1.5, -1.2, 0.9], abs=3e-3)
    assert rows[:, 1] == pytest.approx([1.5e-4, -1.2e-4, 0.9e-4], rel=5e-3)
    assert rows[:, 2] == pytest.approx([6e-5, 5.6e-4, 1.06e-3], abs=1e-9)
    assert not rows[:, 3].any()
    assert smu.errors("smu") == []


def test_compliance_holds_the_current_and_says_so(smu: Bench) -> None:
    smu.ask("smu", ":SENS1:CURR:PROT 5E-5;:SOUR1:VOLT 1;:OUTP2 ON;:OUTP1 ON")
    volts, amperes, _, _, status, _ = map(float, smu.ask("smu", ":MEAS? (@1)").split(","))
    assert amperes == pytest.approx(5e-5, rel=2e-3)
    assert volts == pytest.approx(0.5, rel=1e-2)
    assert int(status) & 2
    assert smu.ask("smu", ":SENS1:CURR:PROT:TRIP?") == "1"


def test_a_current_beyond_a_fixed_range_is_an_overflow(smu: Bench) -> None:
    smu.ask("smu", ":SENS1:CURR:PROT 1E-2;RANG:AUTO OFF;:SENS1:CURR:RANG 1E-5")
    smu.ask("smu", ":SOUR1:VOLT 1;:OUTP2 ON;:OUTP1 ON;:FORM:ELEM:SENS CURR,STAT")
    amperes, status = map(float, smu.ask("smu", ":MEAS? (@1)").split(","))
    assert (amperes, int(status) & 8192) == (9.9e37, 8192)


def test_binary_readings_are_those_of_the_text(smu: Bench) -> None:
    smu.ask("smu", ":SOUR1:VOLT 0.5;:OUTP2 ON;:OUTP1 ON;:FORM:ELEM:SENS VOLT,CURR")
    smu.ask("smu", ":MEAS? (@1)")
    text = np.array(smu.ask("smu", ":FETC:ARR? (@1)").split(","), dtype=float)
    smu.ask("smu", ":FORM REAL,64;:FORM:BORD SWAP")
    block = smu.ask("smu", ":FETC:ARR? (@1)").encode("latin-1")
    assert np.frombuffer(block[4:], "<f8") == pytest.approx(text, rel=1e-6)


@pytest.mark.parametrize(("message", "code"), [
    (":SOUR1:VOLT 300", -222), (":SOUR1:PULS:WIDT 1E-5", -222), (":TRIG1:ALL:TIM 1E-6", -222),
    (":SOUR1:VOLT:RANG:AUTO OFF;:SOUR1:VOLT:RANG 2;:SOUR1:VOLT 5", -222), (":MEAS? (@3)", -114),
    (":SOUR1:LIST:VOLT " + ",".join(["0"] * 2501), -223), ("*TRG", -211),
])
def test_the_smu_refuses(smu: Bench, message: str, code: int) -> None:
    smu.ask("smu", message)
    assert smu.errors("smu") == [code]


def test_hidden_errors_have_the_declared_spread_and_stay_within_their_limit() -> None:
    limit = ScopeFigures().gain_rel
    drawn = np.array([Hidden(seed, "scope").within("gain1", limit) for seed in range(800)])
    assert np.abs(drawn).max() <= limit
    assert drawn.std() == pytest.approx(limit / np.sqrt(3), rel=0.08)
    assert drawn.mean() == pytest.approx(0.0, abs=0.08 * limit)


def test_another_instrument_reshuffles_nothing() -> None:
    assert Hidden(1, "scope").within("gain1", 1.0) == Hidden(1, "scope").within("gain1", 1.0)
    assert Hidden(1, "scope").within("gain1", 1.0) != Hidden(1, "awg").within("gain1", 1.0)


def test_a_bench_without_a_kind_is_refused() -> None:
    with pytest.raises(RequestError, match="kind of bench"):
        open_twin({"bench": {"kind": "awg-scop-two"}}, clock=VirtualClock())
    with pytest.raises(RequestError, match="ohm = -1 was asked; it must be positive"):
        Bench(catalogue.smu(), device={"kind": "resistor", "ohm": -1})


def beyond(texts: object, seed: int = 5) -> Twin:
    device = {"model": "guseinov", "nonidealities": texts}
    return open_twin({**catalogue.two_channel(), "twin": {"seed": seed, "device": device}})


def test_the_device_of_a_twin_may_be_another_one_with_every_seed():
    model, spread = models.create("guseinov"), {"rate_spread": "30%", "spread": ["a0=5%"]}
    found = [beyond(spread, seed).world.device for seed in (5, 5, 6)]
    assert found[0] == found[1] == one_of(model, NonIdealities.from_text(spread), seed=5)
    assert len({found[0].r_set, found[2].r_set, model.r_set}) == 3
    assert beyond({}).world.device == model


def test_a_stuck_device_of_a_twin_conducts_and_never_moves():
    world = beyond({"stuck": 1.0, "stuck_off_share": 0.0}).world
    model = models.create("guseinov")
    assert world.circuit.x == 1.0
    assert world.device.rate_at(-2.0, 1.0) == 0.0
    assert world.device.current_at(0.3, 1.0) == model.current_at(0.3, 1.0)
    assert world.device.slope_at(0.3, 1.0) == model.slope_at(0.3, 1.0)


@pytest.mark.parametrize(("texts", "sentence"), [
    ({"read_noise": "1%"}, "[twin.device] nonidealities, read_noise: it acts in time, which "
     "simulated instruments do not follow; allowed: rate_spread, threshold_spread, "
     "conduction_spread, spread, stuck, stuck_off_share"),
    ("1%", "[twin.device] nonidealities must be a table of names and values"),
    ({"stuck": 2.0}, "non-idealities, stuck: 2 was asked; allowed: 0 to 1"),
])
def test_what_a_twin_cannot_follow_is_refused(texts, sentence):
    with pytest.raises(RequestError) as caught:
        beyond(texts)
    assert str(caught.value) == sentence
