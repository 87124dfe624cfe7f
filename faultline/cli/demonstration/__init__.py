"""The demonstration: a few dozen real tasks, the failures they meet, and how each of them ends."""
