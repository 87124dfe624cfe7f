"""Application logic that several functions share, and the wiring of their objects."""
