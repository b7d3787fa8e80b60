# Every target installs what it needs first, and once; tools/setup.py does it, also without make.
# PYTHON=/path/to/python chooses the Python, ARGS=… is handed to the target's command.

TARGETS := demo test coverage matrix search fuzz soak check bench docs pictures screenshots translations clean
FOUND := $(or $(PYTHON),$(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c "" 2>/dev/null && echo $$p && break; done))
SETUP = $(or $(FOUND),$(error memrig needs Python 3.11 or newer, and none was found)) tools/setup.py

.PHONY: help $(TARGETS)
.NOTPARALLEL:  # they share one environment

help:
	@$(SETUP) --help

$(TARGETS):
	@$(SETUP) $(if $(PYTHON),--python "$(PYTHON)") $@ $(ARGS)
