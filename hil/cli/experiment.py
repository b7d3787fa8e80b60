"""From the words of a command line to a protocol, a model, a profile, a bench."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from memrig.hil import own_models
from memrig.hil.bench import Bench, ModelBench
from memrig.hil.errors import ProfileError, RequestError
from memrig.hil.foreign import json_of, toml_of
from memrig.hil.opening import open_bench
from memrig.hil.overlay import Overlay
from memrig.hil.profile import Profile
from memrig.hil.protocol import Preset, Protocol
from memrig.hil.registry import entries, load
from memrig.hil.units import parse_quantity

DEFAULT_MODEL = "guseinov"
MODEL_BENCH = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Everything that a run needs, opened."""

    protocol: Protocol
    bench: Bench
    profile: Profile | None
    overlay: Overlay | None
    preset: str


def pairs(texts: Sequence[str], example: str = "amplitude=1.2V") -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise RequestError(f"{text!r} is not of the form NAME=VALUE, e.g. {example}")
        found[name.strip()] = value.strip()
    return found


def protocol_of(name: str, arguments: Namespace) -> tuple[Protocol, Preset | None]:
    """The protocol with its preset's and the given parameters, the latter winning."""
    cls = load("protocols", name)
    preset: Preset | None = cls.preset(arguments.preset) if arguments.preset else None
    given = {**(preset.parameters if preset else {}), **pairs(arguments.parameters)}
    made: Protocol = cls.from_text(given)
    return made, preset


class Method(TypedDict):
    """How a model is integrated."""

    integrator: str
    step_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A model by name with its parameters and the state it starts from (None: its own)."""

    name: str
    parameters: Mapping[str, Any]

    @property
    def x0(self) -> float | None:
        """The state that is asked for."""
        x0 = self.parameters.get("x0")
        return parse_quantity(x0, "1") if isinstance(x0, str) else x0

    def bench(
        self, *, integrator: str, step_s: float | None, seed: int = 0,
        nonidealities: Mapping[str, str] | None = None,
    ) -> ModelBench:
        """The simulated bench of this model; its device may do more than the model says."""
        own = {k: v for k, v in self.parameters.items() if k != "x0"}
        model = load("models", self.name).from_text(own)
        opener = load("simulators", MODEL_BENCH)
        beyond = load("simulators", "nonidealities") if nonidealities else None
        bench: ModelBench = opener(
            model, nonidealities=beyond and beyond.from_text(nonidealities),
            integrator=integrator, step_s=step_s, seed=seed, x0=self.x0)
        return bench


def model_choice(text: str, parameters: Mapping[str, Any]) -> ModelChoice:
    """A model by its name, by the user's file of it, or by a parameter file (TOML or JSON with
    ``model`` and ``parameters``)."""
    if own_models.is_file(text):
        return ModelChoice(name=own_models.admit(text), parameters=parameters)
    if text in entries("models") or not Path(text).suffix:
        load("models", text)  # names the nearest ones when there is none of this name
        return ModelChoice(name=text, parameters=parameters)
    data = _read_mapping(Path(text))
    if not isinstance(data.get("model"), str):
        raise RequestError(f"{text} names no model; it needs model = \"…\" and [parameters]")
    return ModelChoice(name=data["model"], parameters={**data.get("parameters", {}), **parameters})


def _read_mapping(path: Path) -> dict[str, Any]:
    found = (json_of if path.suffix == ".json" else toml_of)(path, "the parameter file")
    if not isinstance(found, dict):
        raise RequestError(f"{path} holds no table of names and values")
    return found


def profile_of(arguments: Namespace, preset: Preset | None) -> Profile | None:
    """The profile that was named, or the preset's; None when there is neither."""
    if arguments.profile:
        return _named_profile(arguments.profile)
    if preset and preset.profile:
        return Profile.from_mapping(preset.profile, f"preset {arguments.preset}")
    return None


def _named_profile(text: str) -> Profile:
    model, _, name = text.partition(":")
    if model in entries("models"):
        profiles = load("models", model).profiles()
        chosen = name or next(iter(profiles))
        if chosen not in profiles:
            known = ", ".join(f"{model}:{one}" for one in profiles)
            raise ProfileError(f"there is no profile {text!r}; there are: {known}")
        found: Profile = profiles[chosen]
        return found
    return Profile.from_file(text)


def overlay_of(arguments: Namespace, text: str, drive: str = "plan") -> Overlay | None:
    """The overlay that was asked for. It is simulated by ``auto`` unless told otherwise."""
    if not text:
        return None
    choice = model_choice(text, pairs(arguments.model_parameters))
    bench = choice.bench(integrator=arguments.integrator or "auto", step_s=step_of(arguments))
    return Overlay(bench=bench, drive="measured" if drive == "measured" else "plan")


def step_of(arguments: Namespace) -> float | None:
    """The fixed step that was asked for, seconds; None leaves it to the error estimate."""
    return parse_quantity(arguments.step, "s") if arguments.step else None


def _model_bench(arguments: Namespace, preset: Preset | None) -> ModelBench:
    given = pairs(arguments.model_parameters) if not arguments.overlay else {}
    choice, method = simulated(arguments, preset, given)
    return choice.bench(**method, seed=arguments.seed or 0,
                        nonidealities=pairs(getattr(arguments, "nonidealities", ())))


def simulated(
    arguments: Namespace, preset: Preset | None, given: Mapping[str, str], *,
    integrator: str = "euler",
) -> tuple[ModelChoice, Method]:
    """The model of bench ``model`` with what is given of its parameters, and how it is integrated.

    :param integrator: where neither the command line nor the preset names one.
    """
    choice = model_choice(arguments.model or DEFAULT_MODEL,
                          {**(preset.model if preset else {}), **given})
    named = arguments.integrator or (preset.integrator if preset else "") or integrator
    step_s = step_of(arguments) or (preset.step_s if preset else 0.0) or None
    return choice, {"integrator": named, "step_s": step_s}


def _check_used(arguments: Namespace, drive: str) -> None:
    """Refuse options that would change nothing: whoever gave them expects that they do."""
    is_model = arguments.bench == MODEL_BENCH
    simulates = bool(arguments.overlay) or is_model
    overlay = "an overlay, and there is none here (--overlay MODEL)"
    model = f"bench model or {overlay}"
    device = f"the device of bench model, and this is bench {arguments.bench}"
    served = "simulated instruments, and bench model has none (--bench twin)"
    for flag, is_unused, what in (
        ("--drive", drive != "plan" and not arguments.overlay, overlay),
        ("--model", arguments.model and not is_model, model),
        ("-n", getattr(arguments, "nonidealities", ()) and not is_model, device),
        ("--fault", getattr(arguments, "faults", ()) and is_model, served),
        ("-m", arguments.model_parameters and not simulates, model),
        ("--integrator", arguments.integrator and not simulates, model),
        ("--step", arguments.step and not simulates, model),
    ):
        if is_unused:
            raise RequestError(f"{flag} concerns {what}")


@contextmanager
def opened(
    name: str, arguments: Namespace, drive: str = "plan", *, plan_only: bool = False
) -> Iterator[Experiment]:
    """Everything that a run of protocol ``name`` needs; leaving closes the bench.

    :param plan_only: instruments are not connected to.
    """
    _check_used(arguments, drive)
    protocol, preset = protocol_of(name, arguments)
    overlay = overlay_of(arguments, arguments.overlay, drive)
    profile = profile_of(arguments, preset)
    if arguments.bench == MODEL_BENCH:
        bench = _model_bench(arguments, preset)
        yield Experiment(protocol=protocol, bench=bench, profile=profile, overlay=overlay,
                         preset=arguments.preset)
        return
    with open_bench(arguments.bench, seed=arguments.seed, plan_only=plan_only,
                    faults=getattr(arguments, "faults", ())) as real:
        yield Experiment(protocol=protocol, bench=real, profile=profile, overlay=overlay,
                         preset=arguments.preset)


