"""What devices have been through, as far as the window and its store know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memrig.hil.profile import Passport

if TYPE_CHECKING:
    from memrig.gui.session import Session


class Passports:
    """Passports by device; that of a real one goes on where its latest run in the store ended."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, Passport] = {}

    def of(self, device: str) -> Passport:
        """What a device has been through."""
        if device not in self._known:
            known = None if self._session.simulated else self._last(device)
            self._known[device] = known or Passport(device=device)
        return self._known[device]

    def keep(self, passport: Passport) -> None:
        """After a run of its device."""
        self._known[passport.device] = passport

    def forget(self) -> None:
        """A simulated device is a new one each time that its bench is opened."""
        self._known.clear()

    def _last(self, device: str) -> Passport | None:
        """A real device's passport after its latest run in the store."""
        for one in reversed(self._session.runs()):
            if not one.simulated and one.device == device:
                return self._session.store.load(one.run_id).passport
        return None
