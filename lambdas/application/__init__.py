"""Application logic shared by several functions, and the wiring of their objects."""
