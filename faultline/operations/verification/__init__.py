"""Checks that a deployed stage works as documented."""
