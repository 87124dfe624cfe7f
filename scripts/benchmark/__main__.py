"""`python -m scripts.benchmark`."""

from scripts.benchmark.cli import main

main()
