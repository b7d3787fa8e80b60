"""The example: made once, of an empty store, on the model alone, and named as what it is."""

from pathlib import Path

from memrig.gui.example import TAG, example
from memrig.hil.store import Store
from memrig.sim.models import create


def test_an_empty_store_gets_one_finished_run_that_says_what_it_is(tmp_path: Path) -> None:
    with Store.open(tmp_path / "runs.sqlite") as store:
        run_id = example(store, create("guseinov"), "example: on the model")
        (run,) = store.runs()
        assert run.run_id == run_id
        assert run.status == "finished"
        assert run.simulated
        assert run.note == "example: on the model"
        assert run.nrmse is not None
        assert 1e-3 < run.nrmse < 0.1  # dots that lie beside the line
        assert store.load(run_id).header.bench.identities == {"model": "guseinov"}
        assert TAG in store.load(run_id).tags
        assert example(store, create("guseinov"), "example") == ""
        assert len(store.runs()) == 1
