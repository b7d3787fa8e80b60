"""Instruments: drivers, the benches composed of them, calibration. The only VISA client."""
