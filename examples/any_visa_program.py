"""The simulated instruments answer any VISA program: here plain PyVISA, without memrig's drivers."""

import pyvisa

manager = pyvisa.ResourceManager("twin@memrig")
for name in manager.list_resources():
    with manager.open_resource(name, read_termination="\n", write_termination="\n") as instrument:
        print(name, "is", instrument.query("*IDN?"))
manager.close()
