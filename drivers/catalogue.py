"""Drivers by name, and who looks for instruments; imported only when used."""

ENTRIES = {
    "keysight-33500b": "memrig.drivers.keysight_33500b:Keysight33500B",
    "keysight-infiniivision": "memrig.drivers.keysight_infiniivision:KeysightInfiniiVision",
    "keysight-b2900": "memrig.drivers.keysight_b2900:KeysightB2900",
}
SCANNERS = {"visa": "memrig.drivers.scan:VisaScanner"}
