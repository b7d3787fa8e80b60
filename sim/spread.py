"""How much a parameter differs from device to device: ``r_set=30% lognormal``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from memrig.hil.errors import RequestError
from memrig.hil.units import parse_quantity
from memrig.sim.streams import Floats

Law = Literal["lognormal", "normal"]


@dataclass(frozen=True, slots=True)
class Spread:
    """One parameter's spread about its nominal value, which stays the mean.

    :param sigma_rel: standard deviation, relative to the nominal value.
    :param law: its distribution; empty for the one that suits the parameter.
    """

    parameter: str
    sigma_rel: float
    law: Law | Literal[""] = ""

    @classmethod
    def parse(cls, text: str) -> Spread:
        """Read ``"NAME=5%"``, ``"NAME=5% normal"`` or ``"NAME=0.3 lognormal"``.

        :raises RequestError: for anything else, with an example of what would do.
        """
        name, equals, rest = text.partition("=")
        amount, _, word = rest.strip().partition(" ")
        law = word.strip()
        try:
            sigma_rel = parse_quantity(amount, "1")
        except RequestError:
            sigma_rel = math.nan
        if not (name.strip() and equals and sigma_rel >= 0.0) or law not in {"", *get_args(Law)}:
            message = f"{text!r} is not a spread (try 'r_set=30% lognormal' or 'a0=5% normal')"
            raise RequestError(message)
        return cls(name.strip(), sigma_rel, law)  # type: ignore[arg-type]  # checked above

    def __str__(self) -> str:
        return f"{self.parameter}={self.sigma_rel!r} {self.law}".rstrip()

    def factors(self, normal: Floats) -> Floats:
        """What the nominal value is multiplied with, of normal numbers, shape (n,)."""
        if self.law == "lognormal":
            width = math.sqrt(math.log1p(self.sigma_rel**2))
            return np.asarray(np.exp(width * normal - 0.5 * width**2))
        return 1.0 + self.sigma_rel * normal
