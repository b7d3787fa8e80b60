"""A measured loop of a real device is imported and overlaid with a model, by one command each."""

import json
import subprocess
import sys

import pytest

from memrig.hil.cli import main

FITTED = {"a1": "117e-6", "a2": "4.91e-6", "b": "2.6", "v_n_v": "195mV", "a_p_hz": "6.18kHz",
          "a_n_hz": "2.43Hz"}


@pytest.fixture
def loop(shared_dir):
    """200 points of a W-SDC device, one sine of 100 Hz; volts and microamperes, no header."""
    folder = shared_dir / "data" / "a1_knowm_sdc_iv" / "5kΩ"
    return folder / "5kΩ_.8V_100Hz_M2" / "Memristor.csv"


def test_a_measured_loop_is_imported_and_overlaid_by_one_command_each(loop, tmp_path, capsys):
    store, report = f"--store={tmp_path / 'runs.sqlite'}", tmp_path / "loop.html"
    assert main(["runs", "import", str(loop), "--columns", "v=1,i=2:uA", "--rate-hz", "20000",
                 store]) == 0
    assert "points: 200" in capsys.readouterr().out
    given = [word for k, v in FITTED.items() for word in ("-m", f"{k}={v}")]
    assert main(["runs", "compare", "last", "--model", "yakopcic", *given, store,
                 f"--out={report}", "--json"]) == 0
    overlay = json.loads(capsys.readouterr().out)["overlay"]
    assert (overlay["model"], overlay["drive"], overlay["points"]) == ("yakopcic", "measured", 200)
    assert overlay["nrmse"] < 0.1
    text = report.read_text(encoding="utf-8")
    assert "imported from Memristor.csv" in text
    assert "SIMULATED" not in text


def test_a_published_set_of_another_device_is_seen_not_to_fit(loop, tmp_path, capsys):
    store, report = f"--store={tmp_path / 'runs.sqlite'}", f"--out={tmp_path / 'loop.html'}"
    main(["runs", "import", str(loop), "--columns", "v=1,i=2:uA", "--rate-hz", "20000", store])
    capsys.readouterr()
    assert main(["runs", "compare", "last", "--model", "yakopcic", store, report, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["overlay"]["nrmse"] > 1


def test_help_imports_nothing_that_draws():
    code = (
        "import sys; from memrig.hil.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "import memrig.hil.report, memrig.hil.cli.runs\n"
        "print(sorted({'matplotlib', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
