"""Exponentials of our own, made so that a compiler computes many of them at once.

A compiler can lay the loop over devices side by side only if there is no call in it, and the
libraries' exponentials are calls. These are polynomials, as right as the libraries' to two units
in the last place, and the same on every processor. Arguments are held within +-708, where the
result is a normal number. They are compiled as parts of every kernel, and run as plain Python.
"""

from __future__ import annotations

import numpy as np

LIMIT = 708.0
"""Arguments beyond this are held there."""
LOG2E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
ROUND = 6755399441055744.0
"""1.5 * 2^52: what is added to it is rounded to a whole number, which stands in its last bits."""


def parts_(x: float) -> tuple[float, float]:
    """(s, m) with exp(x) = s + s m, s a power of two and m of -0.3 to 0.42."""
    x = x if x > -LIMIT else -LIMIT
    x = x if x < LIMIT else LIMIT
    lifted = x * LOG2E + ROUND
    n = lifted - ROUND
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    bits = (np.float64(lifted).view(np.int64) << np.int64(52)) + (np.int64(1023) << np.int64(52))
    q = 2.510038549551032e-08
    q = q * r + 2.7620088445409746e-07
    q = q * r + 2.7557268459997064e-06
    q = q * r + 2.4801521295954376e-05
    q = q * r + 0.00019841269863053618
    q = q * r + 0.0013888888917213717
    q = q * r + 0.008333333333330062
    q = q * r + 0.04166666666662413
    q = q * r + 0.16666666666666669
    q = q * r + 0.5
    return np.int64(bits).view(np.float64), r + r * r * q


def exp_(x: float) -> float:
    """e^x."""
    s, m = parts_(x)
    return s + s * m


def expm1_(x: float) -> float:
    """e^x - 1, also of small x."""
    s, m = parts_(x)
    return s * m + (s - 1.0)


def sinh_(x: float) -> float:
    """Hyperbolic sine, also of small x."""
    e = expm1_(abs(x))
    half = 0.5 * (e + e / (e + 1.0))
    return half if x > 0.0 else -half


def cosh_(x: float) -> float:
    """Hyperbolic cosine."""
    e = exp_(abs(x))
    return 0.5 * (e + 1.0 / e)


def tanh_(x: float) -> float:
    """Hyperbolic tangent, also of small x."""
    e = expm1_(2.0 * abs(x))
    part = e / (e + 2.0)
    return part if x > 0.0 else -part
