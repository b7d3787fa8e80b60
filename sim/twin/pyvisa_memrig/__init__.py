"""PyVISA finds the twin by this name: ``ResourceManager("bench.toml@memrig")``."""

from memrig.sim.twin.backend import MemrigVisaLibrary

WRAPPER_CLASS = MemrigVisaLibrary
