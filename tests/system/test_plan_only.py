"""A bench file can be planned for without its instruments."""

from __future__ import annotations

from pathlib import Path

import pytest

from memrig.hil import open_bench
from memrig.hil.bench_file import template, write
from memrig.hil.errors import LinkError
from memrig.hil.execution import model_for, profile_for
from memrig.hil.registry import entries, load
from memrig.hil.rehearsal import rehearse

PROTOCOL = {"count": "2"}


@pytest.fixture(params=[kind for kind in entries("benches") if kind.startswith(("awg", "smu"))])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "bench.toml"
    path.write_text(template(request.param), encoding="utf-8")
    return path


def test_a_protocol_is_rehearsed_without_any_instrument(file: Path) -> None:
    profile = load("models", "guseinov")().profile()
    protocol = load("protocols", "pulse-series").from_text(PROTOCOL)
    with open_bench(str(file), plan_only=True) as bench:
        model = model_for(bench, None, profile)
        found = rehearse(protocol, bench, model, profile_for(bench, model, profile))
        assert set(bench.describe().identities.values()) == {"not connected"}
    assert found.pulses == 4


def test_it_cannot_be_energised(file: Path) -> None:
    with open_bench(str(file), plan_only=True) as bench:
        with pytest.raises(LinkError, match="opened to plan only"), bench.energised():
            pass
        assert not bench.make_safe().verified


def test_the_plan_is_the_one_that_is_sent(tmp_path: Path) -> None:
    """What is previewed without instruments has the hash of what a connected bench prepares."""
    description = load("twins", "twin")()
    path = tmp_path / "bench.toml"
    write(description, path)
    hashes = []
    for plan_only in (True, False):
        with open_bench(str(path), plan_only=plan_only) as bench:
            profile = load("models", "guseinov")().profile()
            model = model_for(bench, None, profile)
            protocol = load("protocols", "stdp").from_text({"points": "1", "sham": "0"})
            found = rehearse(protocol, bench, model, profile, seed=1)
            hashes.append([step.plan.sha256 for step in found.steps])
    assert hashes[0] == hashes[1]
