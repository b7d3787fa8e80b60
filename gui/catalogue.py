"""Windows by name; imported only when used."""

ENTRIES = {"bench": "memrig.gui.app:main"}
