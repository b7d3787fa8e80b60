"""The console: what was said to the instruments, what was done as Python, what went wrong."""
