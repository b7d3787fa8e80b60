"""What every protocol promises."""

from __future__ import annotations

import dataclasses
import json
from importlib import import_module
from typing import Any

import pytest

from memrig.hil.errors import UnknownNameError
from memrig.hil.limits import count_pulses
from memrig.hil.protocol import Protocol
from memrig.hil.protocols.catalogue import ENTRIES
from memrig.hil.stimulus import Role

CLASSES: list[type[Protocol]] = [
    getattr(import_module(entry.partition(":")[0]), entry.partition(":")[2])
    for entry in ENTRIES.values()
]
every = pytest.mark.parametrize("kind", CLASSES, ids=list(ENTRIES))


@every
def test_the_catalogue_knows_it_by_its_name(kind: type[Protocol]) -> None:
    assert ENTRIES[kind.name].endswith(f":{kind.__name__}")
    assert kind.title
    assert kind.__doc__


@every
def test_parameters_survive_json(kind: type[Protocol]) -> None:
    made = kind()
    assert kind.from_text(json.loads(json.dumps(made.to_json()))) == made


@every
def test_every_parameter_has_help_and_a_default_within_its_bounds(kind: type[Protocol]) -> None:
    assert all(spec.help for spec in kind.specs().values())
    kind(**kind.defaults())


@every
def test_every_preset_can_be_made(kind: type[Protocol]) -> None:
    for preset in kind.presets.values():
        assert preset.help
        kind.from_text(preset.parameters)
    with pytest.raises(UnknownNameError):
        kind.preset("no such preset")


@every
@pytest.mark.parametrize("polarity", [1, -1])
def test_reads_stay_below_the_disturbing_voltage(
    kind: type[Protocol], polarity: int, kit: Any
) -> None:
    device = kit.device(polarity=polarity)
    for record in kit.drive(kind(), device):
        for block in record.plan.blocks:
            if block.kind == "read":
                low, high = (block.top - block.bottom).extrema()
                assert max(-low, high) <= device.setup.profile.read_limit_v


@every
def test_the_same_seed_gives_the_same_stimuli_and_the_same_increments(
    kind: type[Protocol], kit: Any
) -> None:
    runs = [kit.drive(kind(), kit.device()) for _ in "ab"]
    one, two = ([r.stimulus.to_json() for r in records] for records in runs)
    assert one == two
    pairs = [[(a.conductance_siemens, b.conductance_siemens)
              for a, b in kind().increments(records)] for records in runs]
    assert pairs[0] == pairs[1]


@every
def test_the_analysis_takes_however_many_records_there_are_and_is_plain(
    kind: type[Protocol], kit: Any
) -> None:
    protocol = kind()
    records = kit.drive(protocol, kit.device())
    for count in {0, 1, len(records) // 2, len(records)}:
        result = protocol.analyse(records[:count])
        assert result.protocol == kind.name
        json.dumps(dict(result.values), allow_nan=False)


@every
def test_it_leaves_an_unformed_device_alone_but_for_reads(
    kind: type[Protocol], kit: Any
) -> None:
    """Levels of reads shrink by themselves; limits refuse the rest."""
    setup = dataclasses.replace(kit.device().setup, profile=kit.profile(-1, state="unknown"))
    reads = [r for r in kit.drive(kind(), kit.device(), setup)
             if r.role is Role.READ and not count_pulses(r.plan)]
    for record in reads:
        assert max(map(abs, record.stimulus.top.extrema())) <= 0.05
