"""The demonstration: a few dozen real tasks, the failures they meet, and what became of them."""
