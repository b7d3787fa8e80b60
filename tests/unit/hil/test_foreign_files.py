"""Files from strangers: bench files, profiles, tables. Whatever they hold, only our errors come."""

from __future__ import annotations

import copy
import datetime
import math
import os
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memrig.hil import bench_file, parameter_sets, shapes
from memrig.hil.calibration import Calibration
from memrig.hil.errors import MemrigError, ProfileError, RequestError
from memrig.hil.importing import read_table
from memrig.hil.netlist import BUILDERS
from memrig.hil.opening import description_of, open_description, simulated
from memrig.hil.profile import Profile
from memrig.hil.registry import entries, load
from memrig.hil.units import parse_quantity
from memrig.sim.twin.twin import open_twin
from tests.search import few

FILES = [*map(bench_file.template, BUILDERS)]
DESCRIPTIONS = [*map(tomllib.loads, FILES), *(load("twins", name)() for name in entries("twins"))]
PROFILE = {"name": "p", "v_set_v": -1.0, "v_reset_v": "1 V", "v_read_max_v": 0.1, "v_max_v": 2.0,
           "v_min_v": -2.0, "i_max_a": 1e-3, "r_min_ohm": 1e3, "r_max_ohm": 1e5, "pulses_max": 10,
           "state": "formed", "protocols": ["read"], "source": ""}
CURVE = b"t (ms);v [V];i/uA\n0;1,5;2\n500;2;4\n1000;3;6\n"
ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([0, -1, 1e308, 10**400, -2**70, math.nan, math.inf, -math.inf, True, "", [], {},
                     "../../etc/passwd", "/dev/zero", "\x1b[2J", "a\0b", "x" * 500, "1" * 5000,
                     "9.9e37", "model.py", {"kind": "rc", "farad": "x"}, {"a": {"b": {"c": [{}]}}},
                     datetime.date(2026, 1, 1)]),
    st.floats(), st.integers(), st.text(max_size=6))


def places(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))


@st.composite
def changed(draw: st.DrawFn, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """A good table in which one to three things are wrong, too many, or missing."""
    found = copy.deepcopy(draw(st.sampled_from(tables)))
    for _ in range(draw(st.integers(1, 3))):
        *path, name = draw(st.sampled_from(list(places(found))))
        here = found
        for one in path:
            here = here[one]
        how = draw(st.sampled_from(["other", "more", "less"]))
        if how == "other":
            here[name] = copy.deepcopy(draw(ODD))  # what is drawn again is as it was
        elif how == "more":
            here[draw(st.text(max_size=8))] = copy.deepcopy(draw(ODD))
        else:
            del here[name]
        if not found:
            break
    return found


@st.composite
def torn(draw: st.DrawFn, wholes: list[bytes]) -> bytes:
    """Bytes of which a part is missing, doubled or other ones."""
    found = draw(st.sampled_from(wholes))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(found)))
        stop = draw(st.integers(start, min(start + 20, len(found))))
        put = draw(st.one_of(st.binary(max_size=8), st.just(found[start:stop] * 2),
                             st.sampled_from([b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"1e999",
                                              b"[[[[", b"\r", b";;;;", b"\n\n", b"-", b"'''"])))
        found = found[:start] + put + found[stop:]
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign") / "file"


def opened_without_a_link(description: dict[str, Any]) -> None:
    """What ``memrig preview --bench`` and ``memrig twin`` make of a description."""
    with suppress(MemrigError), open_description({**description, "plan_only": True},
                                                 Calibration()) as bench:
        bench.describe()
    with suppress(MemrigError):
        open_twin(simulated(description))


@few(80)
@given(changed(DESCRIPTIONS))
def test_a_bench_description_that_is_wrong_anywhere(found: dict[str, Any]) -> None:
    try:
        bench_file.check(found)
    except MemrigError as error:
        assert len(str(error)) < 1500  # noqa: PT017  # whatever it says, somebody can read it
        return
    opened_without_a_link(found)


@few(60)
@given(torn([one.encode() for one in FILES]))
def test_a_bench_file_that_is_torn(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with suppress(MemrigError):
        opened_without_a_link(description_of(str(file)))


@few(100)
@given(changed([PROFILE]))
def test_a_profile_that_is_wrong_anywhere(found: dict[str, Any]) -> None:
    try:
        profile = Profile.from_mapping(found)
    except ProfileError:
        return
    numbers = [value for value in profile.to_json().values() if isinstance(value, float)]
    assert all(map(math.isfinite, numbers))


@few(100)
@given(torn([CURVE, b"0,1,2\n1,2,3\n2,3,4\n", "t\tv\ti\n0\t1\t2\n1\t2\t3\n".encode("utf-16")])
       | st.binary(max_size=200),
       st.sampled_from(["t=1,v=2,i=3", "t=t,v=v,i=i", "t=1,v=3-2,i=2/1k"]))
def test_a_table_that_is_torn(file: Path, content: bytes, columns: str) -> None:
    file.write_bytes(content)
    with suppress(RequestError):
        curve = read_table(file, columns=columns)
        assert all(np.isfinite(one).all() for one in (curve.t_s, curve.v_v, curve.i_a))


READERS = {
    "bench file": lambda path: description_of(str(path)), "profile": Profile.from_file,
    "parameter file": parameter_sets.read, "waveform": shapes.from_file,
    "calibration": Calibration.load,
    "table": lambda path: read_table(path, columns="v=1,i=2", rate_hz=1.0),
}


@pytest.mark.parametrize("reader", READERS)
@few(25)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_at_all(file: Path, reader: str, content: bytes) -> None:
    file.write_bytes(content)
    with suppress(MemrigError):
        READERS[reader](file)


@pytest.mark.parametrize("reader", READERS)
def test_no_file_is_read_without_an_end(tmp_path: Path, reader: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    long = tmp_path / "long"
    with long.open("wb") as file:
        file.truncate(1 << 28)
    for path in (tmp_path / "pipe", long, Path("/dev/zero")):
        with pytest.raises(MemrigError) as caught:
            READERS[reader](path)
        assert f"{path} cannot be read: it is " in str(caught.value)


@pytest.mark.parametrize(("content", "reason"), [
    ("a = " + "[" * 3000 + "]" * 3000, "its values stand too deep in one another"),
    ("a." * 5000 + "b = 1", "its names stand too deep in one another"),
    ("a = " + "1" * 5000, "Exceeds the limit"),
])
def test_what_would_be_too_much_to_read_is_refused(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "bench.toml"
    path.write_text(content)
    with pytest.raises(RequestError) as caught:
        bench_file.read(path)
    assert str(caught.value).startswith(f"the bench file {path} cannot be read: {reason}")


@pytest.mark.parametrize("library", ["./visa.so", "/tmp/visa.so@ivi", "@evil", "@py@evil", 5])
def test_a_bench_file_chooses_no_program(library: Any) -> None:
    found = copy.deepcopy(DESCRIPTIONS[0])
    found["instruments"]["awg"]["library"] = library
    with pytest.raises(RequestError) as caught:
        bench_file.check(found)
    assert str(caught.value) == (
        f"[instruments.awg] library = {library!r} was given; a bench file may say \"@py\", "
        "\"@ivi\" or \"@memrig\", or \"\" for your own one: another library is a program, which "
        "you name yourself, with PYVISA_LIBRARY")


@pytest.mark.parametrize(("place", "value", "sentence"), [
    (("bench", "name"), "\x1b[2J", r"[bench] name = '\x1b[2J' was given; it must be a text in "
     "one line"),
    (("bench", "full_scale_v"), "5 V", "[bench] full_scale_v = '5 V' was given; it must be a "
     "number above 0"),
    (("bench", "netlist", "series_ohm"), 2e-311, "[bench.netlist] series_ohm = 2e-311 was given; "
     "it must be a number above 0, from 1e-30 on where it is not 0"),
    (("bench", "r_min_ohm"), -1, "[bench] r_min_ohm = -1 was given; it must be a number from 0"),
    (("bench", "netlist", "series_ohm"), 10**400, "[bench.netlist] series_ohm = a huge number was "
     "given; it must be a number above 0"),
    (("bench", "tolerance_rel", "r_series"), math.nan, "[bench.tolerance_rel] r_series = nan was "
     "given; it must be a number from 0"),
    (("instruments", "awg", "resource"), 7, "[instruments.awg] resource = 7 was given; it must be "
     "a text in one line"),
    (("instruments", "awg", "simulate"), [], "[instruments.awg] simulate = [] was given; it must "
     "be true or false"),
    (("twin",), {"seed": -1}, "[twin] seed = -1 was given; it must be a whole number from 0"),
    (("twin",), {"device": 5}, "[twin.device] must be a table of names and values"),
])
def test_a_wrong_value_is_said_with_its_place(
    place: tuple[str, ...], value: Any, sentence: str
) -> None:
    found = copy.deepcopy(tomllib.loads(bench_file.template("awg-scope-two")))
    *path, name = place
    here = found
    for one in path:
        here = here[one]
    here[name] = value
    with pytest.raises(RequestError) as caught:
        bench_file.check(found)
    assert str(caught.value) == sentence


def test_lines_that_no_table_has_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("1,2\n" + "1" * 200_000 + ",2\n")
    with pytest.raises(RequestError) as caught:
        read_table(path, columns="v=1,i=2", rate_hz=1.0)
    assert str(caught.value) == "long.csv, line 2: it has 200002 signs; at most 100000 are read"


def test_values_that_nobody_measures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_text("0,1\n1e300,2\n")
    with pytest.raises(RequestError) as caught:
        read_table(path, columns="v=1,i=2", rate_hz=1.0)
    assert str(caught.value) == "huge.csv, line 2: v is beyond 1e+30 V; is it the right column?"


@pytest.mark.parametrize("text", ["1 V" + " " * 10**6 + "a", "1" * 10**6 + "\n", "1e" + "9" * 5000])
def test_a_long_text_is_no_quantity_and_takes_no_time(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_quantity(text, "V")
    assert str(caught.value) == f"{text[:100]!r}… is too long for a quantity in V"
