"""Repeats that came together say what the same repeats say one by one."""

from __future__ import annotations

import dataclasses
import pickle
import weakref

import numpy as np
import pytest

from memrig.hil import Store
from memrig.hil.record import Chunk, Record
from memrig.hil.store.points import points_of
from memrig.hil.thinning import thinned
from memrig.hil.wear import wear_of

REPEATS = 5


@pytest.fixture
def alone(made_up) -> Record:
    """A record of equally spaced repeats, chunk by chunk; one channel is the same in all."""
    record = made_up.record(0, REPEATS)
    same = {chunk.block: chunk.channels[1] for chunk in record.chunks}
    chunks = (dataclasses.replace(c, t_s=1.0 + c.repeat / 8 + c.block / 64,
                                  channels=(c.channels[0], same[c.block]))
              for c in record.chunks)
    return dataclasses.replace(record, chunks=tuple(chunks))


@pytest.fixture
def together(alone: Record) -> Record:
    """The same, its first repeats and its last ones in one chunk a block."""
    parts = [alone.chunks[first: behind] for first, behind in ((0, 6), (6, 2 * REPEATS))]
    return dataclasses.replace(alone, chunks=tuple(
        _joined([c for c in part if c.block == block]) for part in parts for block in (0, 1)))


def _joined(chunks: list[Chunk]) -> Chunk:
    first, second = chunks[0].channels
    return dataclasses.replace(
        chunks[0], count=len(chunks), spacing_s=1 / 8, channels=(
            dataclasses.replace(first, data=np.stack([c.channels[0].data for c in chunks])),
            dataclasses.replace(
                second, data=np.broadcast_to(second.data, (len(chunks), second.data.size)),
                status=np.broadcast_to(second.status, (len(chunks), second.data.size)))))


def test_places_are_in_time_order(alone, together):
    assert list(together.blocks()) == list(alone.blocks())
    assert together.points == alone.points


def test_a_repeat_can_be_taken_out(alone, together, made_up):
    found = [chunk for place in together.blocks() for chunk in together.parts[place]]
    singled = dataclasses.replace(together, chunks=tuple(found))
    assert made_up.as_plain(singled) == made_up.as_plain(alone)


def test_traces_are_the_same(alone, together):
    for place in alone.blocks():
        one, other = alone.trace(*place), together.trace(*place)
        for name in ("t_s", "v_dut_v", "i_a", "status"):
            np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-13)


def test_readings_are_the_same_in_the_same_order(alone, together):
    assert len(together.readings) == len(alone.readings) == REPEATS
    for one, other in zip(alone.readings, together.readings, strict=True):
        assert dataclasses.replace(one, budget=(), conductance_siemens=0.0, v_dut_v=0.0, i_a=0.0) \
            == dataclasses.replace(other, budget=(), conductance_siemens=0.0, v_dut_v=0.0, i_a=0.0)
        assert other.conductance_siemens == pytest.approx(one.conductance_siemens, rel=1e-12)
        assert other.u_siemens == pytest.approx(one.u_siemens, rel=1e-9)
        assert [c.name for c in one.budget] == [c.name for c in other.budget]


def test_readings_all_at_once_are_those_one_by_one(together):
    all_at_once, one_by_one = together.readings, list(together.readings)
    for name in ("conductance_siemens", "u_siemens", "v_dut_v"):
        np.testing.assert_allclose(getattr(all_at_once, name),
                                   [getattr(one, name) for one in one_by_one], rtol=1e-12)
    assert one_by_one[1:3] == all_at_once[1:3]
    assert all_at_once[-1] is one_by_one[-1]


def test_readings_one_by_one_take_hundreds_of_bytes_and_no_thousands(made_up):
    many = 600
    readings = made_up.record(0, many).readings
    last = weakref.ref(readings[-1])
    assert [one.repeat for one in readings] == list(range(many))
    assert last() is None  # nobody has held it
    assert len(pickle.dumps(readings)) < 300 * many


def test_the_device_has_had_the_same(alone, together):
    one, other = wear_of([alone]), wear_of([together])
    for name, value in one.to_json().items():
        assert other.to_json()[name] == pytest.approx(value, rel=1e-12), name


def test_a_store_gives_back_what_it_got(tmp_path, alone, together, made_up):
    sizes = {}
    for name, record in (("alone", alone), ("together", together)):
        with Store.open(tmp_path / f"{name}.sqlite") as store:
            writer = store.begin(made_up.header)
            writer.record(0, record)
            writer.finish("finished")
            (found,) = store.load().records()
            assert store.runs()[0].points == alone.points
        assert made_up.as_plain(found) == made_up.as_plain(record)
        assert [c.count for c in found.chunks] == [c.count for c in record.chunks]
        sizes[name] = sum(c.data.nbytes for one in found.chunks for c in one.channels
                          if c.data.strides[0])
    assert sizes["together"] < sizes["alone"]


def test_exports_are_the_same(alone, together):
    one, other = points_of(alone), points_of(together)
    for name in one.__dataclass_fields__:
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-13)


def test_thinning_takes_the_same_points_of_every_repeat(together):
    few = thinned(together, 10)
    assert [c.points for c in few.chunks if c.block == 0] != [
        c.points for c in together.chunks if c.block == 0]
    for chunk in few.chunks:
        assert {c.data.shape for c in chunk.channels} == {
            (chunk.count, chunk.channels[0].times_s.size)}
