"""The simulated instruments answer any VISA program: here plain PyVISA, without memrig."""

import sys

import pyvisa

served = sys.argv[1:]  # addresses that 'memrig twin serve' prints; without, a twin in this process
manager = pyvisa.ResourceManager("@py" if served else "twin@memrig")
for name in served or manager.list_resources():
    with manager.open_resource(name, read_termination="\n", write_termination="\n") as instrument:
        print(name, "is", instrument.query("*IDN?"))
manager.close()
