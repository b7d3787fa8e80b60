"""The cards of the left column and the runs at the right, each on the window's session."""
