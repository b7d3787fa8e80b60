"""Windows of the bench: its editor and its check, and the profile of the device."""
