"""Proof from outside that a deployed stage does what it promises."""
