"""The run store: one SQLite file that holds runs with everything needed to repeat them."""

from __future__ import annotations

from memrig.hil.store.database import Store, default_path, tag_of
from memrig.hil.store.header import RunHeader
from memrig.hil.store.history import Past, total
from memrig.hil.store.reader import RunSummary, StoredRun
from memrig.hil.store.rescue import rescued
from memrig.hil.store.writer import RunWriter

__all__ = ["Past", "RunHeader", "RunSummary", "RunWriter", "Store", "StoredRun", "default_path",
           "rescued", "tag_of", "total"]
