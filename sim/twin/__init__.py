"""Simulated instruments that speak the real ones' commands, wired to one device."""
