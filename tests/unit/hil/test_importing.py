"""Measured curves from tables: every layout that is met in the wild, and clear refusals."""

import hashlib

import numpy as np
import pytest

from memrig.hil.errors import RequestError
from memrig.hil.importing import import_run, read_table
from memrig.hil.netlist import ideal
from memrig.hil.stimulus import Role
from memrig.hil.store import Store


@pytest.fixture
def table(tmp_path):
    def write(content, name="curve.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


LAYOUTS = {
    "bare commas": ("0,1,2e-6\n0.5,2,4e-6\n1,3,6e-6\n", "t=1,v=2,i=3"),
    "carriage returns": ("0,1,2e-6\r\n0.5,2,4e-6\r\n1,3,6e-6\r\n", "t=1,v=2,i=3"),
    "trailing commas": ("t,v,i,\n0,1,2e-6,\n0.5,2,4e-6,\n1,3,6e-6,\n", "t=t,v=v,i=i"),
    "tabs": (
        "Time\tVoltage\tCurrent\n0\t1\t2e-6\n0.5\t2\t4e-6\n1\t3\t6e-6", "t=Time,v=Voltage,i=3"
    ),
    "header of other cells": (
        "Time\tVoltage Current\n0\t1\t2e-6\n0.5\t2\t4e-6\n1\t3\t6e-6", "t=Time,v=voltage,i=Current"
    ),
    "blanks": ("  0   1 2e-6\n  0.5 2 4e-6\n  1   3 6e-6\n", "t=1,v=2,i=3"),
    "decimal commas": ("t;v;i\n0;1;2e-6\n0,5;2;4e-6\n1,0;3,0;6e-6\n", "t=1,v=2,i=3"),
    "units in names": ("t (ms),U [V],I/uA\n0,1,2\n500,2,4\n1000,3,6\n", "t=t,v=U,i=I"),
    "row of units": ("x-axis,1,2\nsecond,Volt,uA\n0,1,2\n+0.5,2,4\n1,3,6\n", "t=x-axis,v=2,i=3"),
    "units given": ("0,1000,2\n0.5,2000,4\n1,3000,6\n", "t=1,v=2:mV,i=3:uA"),
    "comments": ("# a curve\n% t,v,i\n0,1,2e-6\n# pause\n0.5,2,4e-6\n\n1,3,6e-6\n", "t=t,v=v,i=i"),
    "preamble": (
        "Model B2902B\nDate 1 1 2026\n\nt,v,i\n0,1,2e-6\n.5,2,4e-6\n1,3,6e-6\n", "t=1,v=v,i=i"
    ),
    "byte order mark": ("\ufefft,v,i\n0,1,2e-6\n0.5,2,4e-6\n1,3,6e-6\n", "t=t,v=v,i=i"),
    "utf-16": ("t,v,i\n0,1,2e-6\n0.5,2,4e-6\n1,3,6e-6\n".encode("utf-16"), "t=t,v=v,i=i"),
    "latin-1": ("t,v,i in µA\n0,1,2\n0.5,2,4\n1,3,6\n".encode("latin-1"), "t=t,v=v,i=3:uA"),
    "times that start late": ("-7,1,2e-6\n-6.5,2,4e-6\n-6,3,6e-6\n", "t=1,v=2,i=3"),
    "words in other columns": (
        "t,v,i,note\n0,1,2e-6,up\n0.5,2,4e-6,up\n1,3,6e-6,down\n", "t=t,v=v,i=i"
    ),
    "difference and shunt": ("0,2,3\n0.5,4,6\n1,6,9\n", "t=1,v=3-2,i=2/1Mohm"),
    "blocks of Fortran": ("0 1 2D-6\n0.5 2 4D-6\n1 3 6D-6\n", "t=1,v=2,i=3"),
    "brackets that are no unit": (
        "T[1][1],Smu1.V[1][1],Smu1.I[1][1],\n0,1,2e-6,\n.5,2,4e-6,\n1,3,6e-6,\n",
        "t=T[1][1],v=Smu1.V[1][1],i=Smu1.I[1][1]",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_curve(table, layout):
    content, columns = LAYOUTS[layout]
    curve = read_table(table(content), columns=columns)
    np.testing.assert_allclose(curve.t_s, [0, 0.5, 1], rtol=1e-15)
    np.testing.assert_allclose(curve.v_v, [1, 2, 3], rtol=1e-15)
    np.testing.assert_allclose(curve.i_a, [2e-6, 4e-6, 6e-6], rtol=1e-15)


def test_times_follow_from_a_rate(table):
    curve = read_table(table("1,2\n2,4\n3,6\n"), columns="v=1,i=2:uA", rate_hz=20000)
    np.testing.assert_array_equal(curve.t_s, np.arange(3) / 20000)


REFUSED = {
    "v=1": "'v=1' does not say where i is (try 'v=1,i=2:uA' or 't=Time,v=Voltage,i=Current:mA')",
    "v=1,g=2": "'g=2' does not say where t, v or i is, once each "
               "(try 'v=1,i=2:uA' or 't=Time,v=Voltage,i=Current:mA')",
    "t=1,v=2,i=3:mV": "'mV' is not a unit of i (try 'A', 'mA' or 'uA')",
    "t=1,v=2,i=4": "c.csv: column 4 was asked; there are columns 1 'time', 2 'volts', 3 'amps'",
    "t=1,v=2,i=current": "c.csv: column 'current' was asked for i; "
                         "there are columns 1 'time', 2 'volts', 3 'amps'",
    "v=2,i=3": "c.csv: neither a column of times (t=1) nor a rate in Hz (--rate-hz 20000) was "
               "given; one is needed",
    "t=2,v=1,i=3": "c.csv, line 3: the time goes back from 1 s to -1 s; is t the right column?",
    "t=1,v=2,i=2/0ohm": "c.csv: a resistance of 0 ohm was given; it must be above 0 ohm",
}


@pytest.mark.parametrize("columns", REFUSED)
def test_what_was_asked_wrongly_is_said_with_what_would_do(table, columns):
    path = table("time,volts,amps\n0,1,1e-6\n1,-1,2e-6\n", "c.csv")
    with pytest.raises(RequestError) as caught:
        read_table(path, columns=columns)
    assert str(caught.value) == REFUSED[columns]


BROKEN = {
    "0,1,2\n1,2,3\n2,x,4\n": "c.csv, line 3, column 2: 'x' is not a finite number",
    "0,1,2\n1,2,3\n2,,4\n": "c.csv, line 3, column 2: there is nothing",
    "0,1,2\n1,2,3\n2\n": "c.csv, line 3, column 2: there is nothing",
    "0,1,2\n1,2,3\n2,1e999,4\n": "c.csv, line 3, column 2: '1e999' is not a finite number",
    "0,1,2\n": "c.csv: a curve needs at least 2 points; 1 found",
    "0,1,2\n0,2,3\n": "c.csv: all times are 0 s; is t the right column?",
    "hello\nworld\n": "c.csv: no line with two numbers was found; a table of numbers in columns is "
                      "needed, separated by commas, semicolons, tabs or blanks",
    "": "c.csv: no line with two numbers was found; a table of numbers in columns is "
        "needed, separated by commas, semicolons, tabs or blanks",
    "t (s),v (V),i (V)\n0,1,2\n1,2,3\n": "c.csv: column 3 was asked for i, but its unit is 'V'; "
                                         "if that is meant, give a unit ('i=3:A')",
}


@pytest.mark.parametrize("content", BROKEN)
def test_broken_tables_are_refused_with_the_place(table, content):
    with pytest.raises(RequestError) as caught:
        read_table(table(content, "c.csv"), columns="t=1,v=2,i=3")
    assert str(caught.value) == BROKEN[content]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RequestError) as caught:
        read_table(tmp_path / "no.csv", columns="t=1,v=2,i=3")
    assert str(caught.value) == (
        f"the table {tmp_path / 'no.csv'} cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(("columns", "rate_hz", "message"), [
    ("t=1,v=1,i=2", 10.0, "both a column of times and a rate were given; one will do"),
    ("v=1,i=2", -1.0, "a rate of -1 Hz was given; it must be above 0 Hz"),
])
def test_times_are_given_once(table, columns, rate_hz, message):
    with pytest.raises(RequestError) as caught:
        read_table(table("1,2\n2,4\n", "c.csv"), columns=columns, rate_hz=rate_hz)
    assert str(caught.value) == f"c.csv: {message}"


def test_an_import_is_a_stored_run_of_one_measured_sweep(table, tmp_path):
    content = "t,v,i\n0,0,0\n0.1,1,2e-6\n0.3,0,0\n0.4,-1,-2e-6\n"
    curve = read_table(table(content), columns="t=t,v=v,i=i")
    store = Store.open(tmp_path / "runs.sqlite")
    run = store.load(import_run(store, curve, note="from a friend"))
    assert (run.header.protocol, run.header.simulated, run.status) == ("import", False, "finished")
    assert run.header.origin["file"] == "curve.csv"
    assert run.header.origin["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    (record,) = run.records()
    assert (record.role, record.netlist, record.simulated) == (Role.SWEEP, ideal(), False)
    assert [c.probe for c in record.chunks[0].channels] == ["v_top", "i_top"]
    trace = record.trace(0, 0)
    np.testing.assert_allclose(trace.t_s, curve.t_s)
    np.testing.assert_allclose(trace.v_dut_v, curve.v_v, atol=1e-12)
    np.testing.assert_allclose(trace.i_a, curve.i_a, atol=1e-14)
    np.testing.assert_allclose(record.plan.blocks[0].top.value([0.05, 0.2]), [0.5, 0.5])


# -- measured data beside the checkout ----------------------------------------------------


def curves(folder, pattern, **how):
    files = sorted(folder.glob(pattern))
    assert files
    return [(file, read_table(file, **how)) for file in files]


def test_knowm_loops_are_read_and_their_series_resistance_is_right(shared_dir):
    # README: (V_source - V_memristor) / I is 5000 or 47000 ohm exactly; one period is 200 rows.
    loops = shared_dir / "data/a1_knowm_sdc_iv"
    found = curves(loops, "*/*/Memristor.csv", columns="v=1,i=2:uA", rate_hz=20000)
    assert len(found) == 27
    for file, curve in found:
        source = read_table(file.with_name("Resistor+Memristor.csv"), columns="v=1,i=2:uA",
                            rate_hz=20000)
        ohm = 47e3 if "47k" in file.parent.name else 5e3
        assert curve.t_s.size == 200
        np.testing.assert_allclose(source.v_v - curve.v_v, ohm * curve.i_a, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("pattern", "how", "rows"), [
    ("Scaling device/*/*_AG_*.csv",
     {"columns": "t=Smu1.Time[1][1],v=Smu1.V[1][1],i=Smu1.I[1][1]"}, {601, 801, 1001}),
    ("Scaling device/*/DG01*.csv", {"columns": "v=V1,i=I1", "rate_hz": 10.0}, set()),
    ("IV_Sweeps*/*/*.csv", {"columns": "v=V1,i=I1", "rate_hz": 10.0}, set(range(402, 603))),
    ("Old device/*.dat", {"columns": "t=Time,v=Voltage,i=Current"}, set()),
])
def test_srtio3_sweeps_are_read(shared_dir, pattern, how, rows):
    for file, curve in curves(shared_dir / "data/a2_nbsto_iv", pattern, **how):
        assert not rows or curve.t_s.size in rows, file.name
        assert 0.9 < curve.v_v.max() < 2.1
        assert -4.1 < curve.v_v.min() < -0.9
        assert 1e-4 < np.abs(curve.i_a).max() < 0.2


def test_scope_waveforms_are_read(shared_dir):
    # README: 16000 rows, dt 6.25 us or 0.5 ms, device voltage = channel 2 - channel 1.
    found = curves(shared_dir / "data/a4_sdc_scope_waveforms", "*/*.csv",
                   columns="t=1,v=3-2,i=2/1kohm")
    assert len(found) == 8
    for file, curve in found:
        raw = np.loadtxt(file, delimiter=",", skiprows=2)
        np.testing.assert_allclose(curve.v_v, raw[:, 2] - raw[:, 1])
        np.testing.assert_allclose(curve.i_a, raw[:, 1] / 1e3)
        assert curve.t_s.size == 16000
        assert curve.t_s[1] == pytest.approx(6.25e-6 if "state" in str(file) else 5e-4)


def test_all_of_them_become_stored_runs(shared_dir, tmp_path):
    store = Store.open(tmp_path / "runs.sqlite")
    for columns, rate_hz, pattern in (
        ("v=1,i=2:uA", 20000.0, "a1_knowm_sdc_iv/5k*/*_M1/Memristor.csv"),
        ("t=Time,v=Voltage,i=Current", None, "a2_nbsto_iv/Old device/*.dat"),
        ("t=1,v=3-2,i=2/1kohm", None, "a4_sdc_scope_waveforms/state_data/*.csv"),
    ):
        for file, curve in curves(shared_dir / "data", pattern, columns=columns, rate_hz=rate_hz):
            (record,) = store.load(import_run(store, curve)).records()
            trace = record.trace(0, 0)
            np.testing.assert_allclose(trace.v_dut_v, curve.v_v, atol=1e-12, err_msg=file.name)
            np.testing.assert_allclose(trace.i_a, curve.i_a, atol=1e-13, err_msg=file.name)
