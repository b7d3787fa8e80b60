"""What the model leaves of the measurement: curves of which the part of one stimulus is replaced
when a better answer of the model is there. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from memrig.gui.plots.decimate import Curve, Floats


class Left(NamedTuple):
    """What is left of one piece of a stimulus, shape (n,) each.

    :param swept: whether it belongs to a sweep.
    """

    number: int
    t_s: Floats
    v_v: Floats
    left_a: Floats
    swept: bool


class Residuals:
    """Measured less modelled current against time, and of sweeps against voltage.

    :param make: makes each of the curves.
    """

    def __init__(self, make: Callable[[], Curve] = Curve) -> None:
        self.iv, self.t = make(), make()
        self._places: dict[tuple[int, bool], list[tuple[int, int]]] = {}

    def add(self, row: Left) -> None:
        """A piece that has come, to both."""
        self._put(row, swept=False)
        if row.swept:
            self._put(row, swept=True)

    def replace(self, numbers: Sequence[int], rows: Iterable[Left], *, swept: bool) -> None:
        """Other pieces in place of all that one of the curves has of some stimuli.

        :param swept: whether in the curve against voltage, else in that against time.
        """
        gone = [place for number in numbers for place in self._places.pop((number, swept), ())]
        if gone:
            self._curve(swept=swept).drop(gone)
        for row in rows:
            if row.swept or not swept:
                self._put(row, swept=swept)

    def _curve(self, *, swept: bool) -> Curve:
        return self.iv if swept else self.t

    def _put(self, row: Left, *, swept: bool) -> None:
        curve, places = self._curve(swept=swept), self._places.setdefault((row.number, swept), [])
        first, size = curve.count, row.t_s.size
        if places and sum(places[-1]) == first:
            first, size = places[-1][0], places.pop()[1] + size
        places.append((first, size))
        curve.append(row.v_v if swept else row.t_s, row.left_a)
