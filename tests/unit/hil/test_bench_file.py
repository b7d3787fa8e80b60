"""Bench files: templates, what is written and read again."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memrig.hil import bench_file
from memrig.hil.errors import MemrigError, RequestError, UnknownNameError
from memrig.hil.netlist import BUILDERS
from memrig.hil.registry import entries, load

NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUES = st.recursive(
    st.booleans() | st.integers(-2**63, 2**63 - 1) | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=3), max_leaves=5)
TABLES = st.recursive(st.dictionaries(NAMES, VALUES, max_size=3),
                      lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """For every example of a property."""
    return tmp_path_factory.mktemp("files")


@settings(max_examples=50)
@given(TABLES)
def test_what_is_written_is_read_again(folder, table):
    path = folder / "bench.toml"
    bench_file.write(table, path)
    assert repr(tomllib.loads(path.read_text(encoding="utf-8"))) == repr(_ordered(table))
    assert list(path.parent.iterdir()) == [path]


def _ordered(table):
    """The same with values before tables, as they stand in a file; lists for tuples."""
    values = {k: v for k, v in table.items() if not isinstance(v, dict)}
    return values | {k: _ordered(v) for k, v in table.items() if isinstance(v, dict)}


@pytest.mark.parametrize("name", sorted(entries("twins")))
def test_ready_made_twins_are_good_bench_files(tmp_path, name):
    description = load("twins", name)()
    bench_file.write(description, tmp_path / "b.toml")
    assert bench_file.read(tmp_path / "b.toml") == description


@pytest.mark.parametrize("kind", sorted(entries("benches")))
def test_a_template_is_a_bench_file_of_its_kind_with_every_part(tmp_path, kind):
    path = tmp_path / "b.toml"
    path.write_text(bench_file.template(kind), encoding="utf-8")
    found = bench_file.read(path)
    assert found["bench"]["kind"] == kind
    netlist = BUILDERS[kind](**found["bench"]["netlist"])
    assert netlist == BUILDERS[kind]()
    assert set(found["instruments"]) == set(bench_file.ROLES[kind])
    for role, one in found["instruments"].items():
        assert load("drivers", one["driver"]).role == role
        assert one["resource"].startswith("TCPIP0::192.168.")


@pytest.mark.parametrize("kind", sorted(entries("benches")))
def test_every_commented_line_of_a_template_may_be_used(tmp_path, kind):
    lines = bench_file.template(kind).splitlines()
    used = [re.sub(r"^# (\[.*\]|\w+ = .*)$", r"\1", line) for line in lines]
    path = tmp_path / "b.toml"
    path.write_text("\n".join(used), encoding="utf-8")
    found = bench_file.read(path)
    assert found["twin"] == {"seed": 1, "device": {"model": "guseinov"},
                             "faults": ["awg:no-answer at 12"]}
    assert all(one["library"] == "@py" for one in found["instruments"].values())


def test_a_kind_that_does_not_exist_has_no_template():
    with pytest.raises(UnknownNameError, match="did you mean awg-scope-two"):
        bench_file.template("awg-scope-too")


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path):
    with pytest.raises(RequestError, match="cannot be read: No such file or directory"):
        bench_file.read(tmp_path / "no.toml")
    with pytest.raises(RequestError, match="cannot be written: No such file or directory"):
        bench_file.write({}, tmp_path / "no" / "b.toml")


@given(TABLES)
def test_any_table_is_a_bench_file_or_refused_in_a_sentence(table):
    with suppress(MemrigError):  # and nothing else
        bench_file.check({"bench": {"kind": "smu-one", **table}})
