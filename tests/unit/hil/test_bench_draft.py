"""A bench file while it is being written."""

from __future__ import annotations

from pathlib import Path

import pytest

from memrig.hil import bench_file
from memrig.hil.bench_draft import Draft, Seat, drivers_of
from memrig.hil.bench_fields import fields_of
from memrig.hil.errors import RequestError
from memrig.hil.registry import entries, load

KINDS = tuple(bench_file.ROLES)


def seats(draft: Draft, **entries: object) -> dict[str, Seat]:
    return {role: Seat(driver=drivers_of(role)[0], **entries) for role in draft.roles}  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [{"simulate": True},
                                 {"resource": "TCPIP0::10.0.0.1::5025::SOCKET"}])
def test_what_it_says_is_a_bench_file_that_reads_back_equal(
    tmp_path: Path, kind: str, how: dict[str, object]
) -> None:
    draft = Draft(kind=kind)
    draft = Draft(kind=kind, seats=seats(draft, **how), values={"series_resistor_ohm": 2.2e3})
    bench_file.write(draft.description(), tmp_path / "b.toml")
    found = bench_file.read(tmp_path / "b.toml")
    assert found == draft.description()
    assert found["bench"]["netlist"]["series_ohm"] == 2.2e3
    assert Draft.from_description(found).description() == found


@pytest.mark.parametrize("name", sorted(entries("twins")))
def test_a_ready_made_bench_can_be_written_further(name: str) -> None:
    draft = Draft.from_description(load("twins", name)())
    assert all(seat.simulate for seat in draft.seats.values())
    found = draft.description()
    assert found["twin"] == load("twins", name)()["twin"]
    assert found["bench"]["kind"] == draft.kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_keeps_everything_that_it_says(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(bench_file.template(kind), encoding="utf-8")
    found = bench_file.read(path)
    assert Draft.from_description(found).description() == found


def test_what_is_missing_is_said_by_role() -> None:
    draft = Draft(kind="awg-scope-two", seats={"scope": Seat(driver="keysight-infiniivision")})
    assert draft.problems() == {
        "awg": "choose an instrument, type its address, or simulate it",
        "scope": "the address is missing, e.g. TCPIP0::192.168.1.11::5025::SOCKET",
    }
    with pytest.raises(RequestError) as error:
        draft.description()
    assert str(error.value) == "awg: choose an instrument, type its address, or simulate it"


def test_a_value_that_makes_no_sense_is_refused() -> None:
    draft = Draft(kind="smu-one", values={"v_max_v": -1.0})
    with pytest.raises(RequestError, match=r"v_max_v: -1 V was asked; allowed: 0 V to 200 V"):
        draft.netlist  # noqa: B018  # it is made when asked


def test_another_kind_keeps_what_both_have() -> None:
    draft = Draft(kind="awg-scope-two", values={"series_resistor_ohm": 500.0, "name": "one",
                                                "full_scale_v": 2.0},
                  seats=seats(Draft(), simulate=True)).as_kind("smu-two")
    assert draft.values == {"series_resistor_ohm": 500.0}
    assert list(draft.seats) == ["smu"]
    assert draft.netlist.element("r_series").value == 500.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_has_help_and_a_unit(kind: str) -> None:
    specs = fields_of(kind).specs()
    assert all(spec.help for spec in specs.values())
    assert all(spec.unit for name, spec in specs.items() if name != "name")
