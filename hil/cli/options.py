"""The options of every command. Declarations only: nothing heavy is imported."""

from __future__ import annotations

from argparse import ArgumentParser

STORE = "memrig.sqlite"


def _values(
    parser: ArgumentParser, flag: str, dest: str, text: str, shape: str = "PARAM=VALUE"
) -> None:
    """An option that may be given for one name after the other."""
    parser.add_argument(flag, dest=dest, metavar=shape, action="append", default=[], help=text)


def _pairs(parser: ArgumentParser) -> None:
    _values(parser, "-p", "parameters", "a parameter of the protocol, with its unit: "
            "amplitude=1.2V, width=100us, amplitude='1.1 v_set'", "NAME=VALUE")


def _model(
    parser: ArgumentParser, text: str = "a parameter of the overlay's model, without overlay of "
    "bench 'model'; x0 sets the initial state", default: str = "euler",
) -> None:
    _values(parser, "-m", "model_parameters", text)
    others = (name for name in ("euler", "euler-mid", "rk4", "flow", "auto") if name != default)
    *most, last = (f"{default} (default)", *others)
    parser.add_argument("--integrator", default="", metavar="NAME",
                        help=f"{', '.join(most)} or {last}")
    parser.add_argument("--step", default="", metavar="TIME",
                        help="fixed step of the integrator (default: chosen by its error)")


def _preset(parser: ArgumentParser) -> None:
    parser.add_argument("--preset", default="", metavar="NAME",
                        help="named parameter values, see 'memrig protocols PROTOCOL'")


def _seed(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, help="of everything random")


def _bench(parser: ArgumentParser) -> None:
    parser.add_argument("--bench", default="model", metavar="B",
                        help="model (default), twin, twin-single, twin-smu or a bench file")
    parser.add_argument("--model", default="", metavar="NAME",
                        help="the model of bench 'model', a parameter file, or a file of your own "
                        "(my_model.py), which is run")
    parser.add_argument("--profile", default="", metavar="FILE",
                        help="what the device allows; simulated benches bring their own")
    _seed(parser)


def _faults(parser: ArgumentParser, text: str) -> None:
    _values(parser, "--fault", "faults", f"{text}, e.g. 'awg:no-answer at 12'; see 'memrig twin "
            "faults'; may be given several times", "FAULT")


def _store(parser: ArgumentParser) -> None:
    parser.add_argument("--store", default=STORE, metavar="FILE",
                        help=f"run store (default: {STORE} in this folder)")


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _beyond(parser: ArgumentParser) -> None:
    _values(parser, "-n", "nonidealities", "what the device of bench 'model' does beyond its "
            "model, see 'memrig nonidealities': read_noise=1%%, drift=power", "NAME=VALUE")


def _words(parser: ArgumentParser) -> None:
    parser.add_argument("--note", default="", help="kept with the run")
    parser.add_argument("--tag", dest="tags", metavar="WORD", action="append", default=[],
                        help="a word to find the run by; may be given several times")


def _execution(parser: ArgumentParser) -> None:
    parser.add_argument("--overlay", default="", metavar="MODEL|FILE",
                        help="model to draw over the measurement; FILE as for --model")
    parser.add_argument("--drive", choices=("plan", "measured"), default="plan",
                        help="what drives the overlay: the plan through the bench's circuit "
                        "(default) or the measured device voltage")
    _beyond(parser)
    _words(parser)
    parser.add_argument("--arm", action="store_true",
                        help="needed to energise real instruments")
    _values(parser, "--guard", "guards", "what happens when a guard sees something: continue, "
            "stop or ask, for compliance, clipped, overrange, limit, conductance or drift, e.g. "
            "conductance=ask; may be given several times", "NAME=POLICY")
    _faults(parser, "a fault that the simulated instruments of this bench shall have")
    _store(parser)


def _experiment(parser: ArgumentParser) -> None:
    _preset(parser)
    _pairs(parser)
    _bench(parser)
    _model(parser)


def run(parser: ArgumentParser) -> None:
    """Options of ``memrig run``."""
    parser.add_argument("protocol", metavar="PROTOCOL", help="see 'memrig protocols'")
    _experiment(parser)
    _execution(parser)
    _json(parser)


def daily(parser: ArgumentParser) -> None:
    """Options of ``memrig read`` and ``memrig pulse``."""
    _experiment(parser)
    _execution(parser)
    _json(parser)


def preview(parser: ArgumentParser) -> None:
    """Options of ``memrig preview``."""
    parser.add_argument("protocol", metavar="PROTOCOL", help="see 'memrig protocols'")
    _experiment(parser)
    parser.add_argument("--overlay", default="", metavar="MODEL|FILE",
                        help="model that answers in the dry run")
    parser.add_argument("--svg", default="", metavar="FILE", help="write the plan as a picture")
    _json(parser)


def demo(parser: ArgumentParser) -> None:
    """Options of ``memrig demo``."""
    parser.add_argument("--out", default="memrig-demo", metavar="FOLDER",
                        help="where the store and the report go (default: memrig-demo)")
    parser.add_argument("--seed", type=int, default=1, help="of everything random")
    parser.add_argument("--quick", action="store_true", help="fewer points, for a first look")


def models(parser: ArgumentParser) -> None:
    """Options of ``memrig models``."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME|FILE",
                        help="details of one; a file of your own (my_model.py[:Class]) is run")
    parser.add_argument("--check", action="store_true",
                        help="try out what the model promises, all its sets")
    _json(parser)


def named(parser: ArgumentParser) -> None:
    """Options of ``memrig protocols`` and ``drivers``."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="details of one")
    _json(parser)


def nonidealities(parser: ArgumentParser) -> None:
    """Options of ``memrig nonidealities``."""
    _json(parser)


def bench(parser: ArgumentParser) -> None:
    """Options of ``memrig bench``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="calibrate with a known resistor, verify the wiring")
    check.add_argument("file", metavar="FILE", help="bench file (TOML)")
    check.add_argument("--resistor", required=True, metavar="R",
                       help="the known resistor in the device's place, e.g. 10kohm")
    check.add_argument("--tolerance", default="0.1%", metavar="T",
                       help="its tolerance (default: 0.1%%)")
    check.add_argument("--arm", action="store_true", help="needed to energise real instruments")
    _json(check)
    scan = actions.add_parser("scan", help="find instruments and their drivers; sends only *IDN?")
    scan.add_argument("resources", nargs="*", metavar="RESOURCE",
                      help="VISA addresses to ask, e.g. TCPIP::192.168.1.11::5025::SOCKET; all "
                      "that VISA lists when left out, but for serial ports")
    scan.add_argument("--library", default="@py", metavar="L",
                      help="VISA library (default: @py; '' for the vendor's)")
    _json(scan)
    template = actions.add_parser("template", help="print a bench file to fill in")
    template.add_argument("kind", nargs="?", default="awg-scope-two", metavar="KIND",
                          help="awg-scope-two (default), awg-scope-single, smu-one or smu-two")


def twin(parser: ArgumentParser) -> None:
    """Options of ``memrig twin``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    serve = actions.add_parser("serve", help="serve simulated instruments until interrupted")
    serve.add_argument("--bench", default="twin", metavar="FILE",
                       help="bench file with a [twin] table, or twin, twin-single, twin-smu")
    serve.add_argument("--device", default="", metavar="D",
                       help="what is in the device's place instead: a model's name, a resistor "
                       "(10kohm), open or short")
    serve.add_argument("--clock", choices=("real", "virtual"), default="real",
                       help="real time (default), or time that jumps over every wait")
    serve.add_argument("--seed", type=int, help="of the hidden errors and the noise")
    serve.add_argument("--write", default="", metavar="FILE",
                       help="write a bench file with the addresses, for --bench of other commands")
    _faults(serve, "a fault that an instrument shall have")
    faults = actions.add_parser("faults", help="what faults simulated instruments can have")
    _json(faults)


def gui(parser: ArgumentParser) -> None:
    """Options of ``memrig gui``."""
    parser.add_argument("--bench", default="model", metavar="B",
                        help="model (default), twin, twin-single, twin-smu or a bench file")
    parser.add_argument("--theme", choices=("light", "dark", "system"), default="",
                        help="the one used last by default")
    parser.add_argument("--language", choices=("en", "ru", "system"), default="",
                        help="the one used last by default")
    parser.add_argument("--fresh", action="store_true",
                        help="begin as on the first day, not where the last session ended")
    _store(parser)


def fit(parser: ArgumentParser) -> None:
    """Options of ``memrig fit``."""
    parser.add_argument("run", metavar="RUN", help="its id, the beginning of it, or 'last'")
    parser.add_argument("--model", required=True, metavar="NAME", help="or a parameter file")
    parser.add_argument("--free", default="", metavar="A,B",
                        help="parameters that are fitted, x0 of curves among them (default: all "
                        "that the run determines)")
    parser.add_argument("--fix", default="", metavar="C,D",
                        help="parameters that stay as they are")
    _values(parser, "-m", "model_parameters", "a value that the fit starts from")
    parser.add_argument("--drive", choices=("plan", "measured"), default="measured",
                        help="what drives the model: the measured device voltage (default), or "
                        "the plan through the bench's circuit")
    parser.add_argument("--output", default="", metavar="FILE",
                        help="parameter file to write (default: the next version in the folder "
                        "beside the store)")
    _store(parser)
    _json(parser)


def sweep(parser: ArgumentParser) -> None:
    """Options of ``memrig sweep``."""
    parser.add_argument("protocol", metavar="PROTOCOL", help="see 'memrig protocols'")
    parser.add_argument("--model", default="", metavar="NAME",
                        help="the model of the devices, a parameter file, or a file of your own "
                        "(my_model.py), which is run")
    _values(parser, "--vary", "vary", "what differs: PARAM=1,2,5 or PARAM=LOW:HIGH:COUNT for an "
            "axis (axes are combined), PARAM=5%% or 'PARAM=30%% lognormal' for a spread; x0 is the "
            "state they begin with; may be given several times", "PARAM=VALUES")
    parser.add_argument("--devices", type=int, default=1, metavar="N",
                        help="devices of every combination (default: 1)")
    parser.add_argument("--cluster", default="", metavar="ADDRESS",
                        help="scheduler of a dask.distributed cluster, e.g. "
                        "tcp://192.168.1.7:8786 (default: the processors of this machine)")
    _preset(parser)
    _pairs(parser)
    _model(parser, "a parameter that all devices share; x0 sets the initial state", "auto")
    _beyond(parser)
    parser.add_argument("--profile", default="", metavar="FILE",
                        help="what the devices allow (default: the model's own)")
    _seed(parser)
    _words(parser)
    _store(parser)
    _json(parser)


def export_model(parser: ArgumentParser) -> None:
    """Options of ``memrig export-model``."""
    parser.add_argument("model", metavar="MODEL|FILE",
                        help="its name, a parameter file, or a file of your own (my_model.py)")
    parser.add_argument("--format", choices=("spice",), default="spice",
                        help="spice (default): a subcircuit of ngspice")
    _values(parser, "-m", "model_parameters", "a parameter; x0 sets the initial state")
    parser.add_argument("--output", default="", metavar="FILE",
                        help="file to write (default: the screen); one that exists is kept")


def stop(parser: ArgumentParser) -> None:
    """Options of ``memrig stop``: there are none."""


def runs(parser: ArgumentParser) -> None:
    """Options of ``memrig runs``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, text in (("list", "all runs of a store"), ("show", "one run in full"),
                       ("export", "write a run as csv, hdf5 or netcdf"),
                       ("compare", "drive a model with the measured voltage and overlay it"),
                       ("report", "write one HTML file with every figure"),
                       ("script", "print the Python script that repeats a run"),
                       ("tag", "add words that a run is found by, or take them away"),
                       ("note", "write something about a run; its own note stays as it was"),
                       ("import", "make a run from measured data")):
        one = actions.add_parser(name, help=text)
        if name == "import":
            _import(one)
        elif name in {"tag", "note"}:
            one.add_argument("run", metavar="RUN", help="its id, the beginning of it, or 'last'")
        elif name != "list":
            one.add_argument("run", nargs="?", default="last", metavar="RUN",
                             help="its id, the beginning of it, or 'last' (default)")
        _store(one)
        _json(one)
        _RUNS_EXTRA.get(name, lambda _: None)(one)


def _import(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="text file with columns")
    parser.add_argument("--columns", required=True, metavar="v=1,i=2:uA",
                        help="columns by number or name, with units where the header has none")
    parser.add_argument("--rate-hz", type=float, metavar="F",
                        help="sampling rate, where no column holds the time")
    parser.add_argument("--note", default="", help="kept with the run")


def _export(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("csv", "hdf5", "netcdf"), default="csv")
    parser.add_argument("--out", default="", metavar="PATH", help="file or folder to write")


def _compare(parser: ArgumentParser) -> None:
    parser.add_argument("--model", required=True, metavar="NAME", help="or a parameter file")
    _model(parser)
    parser.add_argument("--drive", choices=("plan", "measured"), default="measured")
    parser.add_argument("--out", default="", metavar="FILE", help="report to write (HTML)")


def _report(parser: ArgumentParser) -> None:
    parser.add_argument("--out", default="", metavar="FILE", help="file to write (HTML)")


def _tag(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="WORD", help="e.g. forming, W07")
    parser.add_argument("--remove", action="store_true", help="take them away")


def _note(parser: ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="kept with the present date and time")


_RUNS_EXTRA = {"export": _export, "compare": _compare, "report": _report, "tag": _tag,
               "note": _note}
