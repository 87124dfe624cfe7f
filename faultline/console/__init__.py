"""Web console of a stage, served on this machine."""
