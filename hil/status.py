"""The status of a point or a reading, as a bit field."""

from __future__ import annotations

from enum import IntFlag


class Status(IntFlag):
    """Why a point or a reading must not be trusted; 0 means nothing is known against it."""

    OK = 0
    COMPLIANCE = 1
    CLIPPED = 2
    OVERRANGE = 4
    HOLE = 8
    INVALID = 16
    OUT_OF_BAND = 32
    TRIGGER_LOST = 64
    LINK_LOST = 128
