"""What the window would run, or has opened, as it is written in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memrig.hil import script
from memrig.hil.opening import MODEL
from memrig.hil.profile import Passport

if TYPE_CHECKING:
    from memrig.gui.running import Order
    from memrig.gui.session import Session


def recipe_of(session: Session, order: Order) -> script.Recipe:
    """Everything that a run is made of."""
    assert order.overlay is not None
    device, real = Passport(device=order.passport.device), session.is_real
    return script.Recipe(
        protocol=order.protocol, opening=opening_of(session), simulated=not real,
        overlay=script.Simulation.of(order.overlay.bench.model.name,
                                     order.overlay.bench.describe().settings),
        profile=order.profile, passport=order.passport if real else device,
        preset=order.preset, note=order.note, tags=order.tags, seed=order.seed,
        guards=order.guards,
    )


def opened(session: Session, title: str) -> script.Action:
    """That the bench is open."""
    return script.opened(opening_of(session), title)


def opening_of(session: Session) -> script.Opening:
    """How the open bench was opened."""
    if session.spec == MODEL:
        device = script.Simulation.of(session.model, session.model_bench().describe().settings)
        return script.Opening(spec=MODEL, device=device)
    info = session.info
    how = info.settings.get("opened") if info else None
    return script.Opening(**how) if how else script.Opening(spec=session.spec)
