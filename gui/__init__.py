"""The bench window. The only place with Qt."""
