"""The ids under which the circuits' table keeps its records, each by the name of a dependency."""

RECORDS = "circuit"
"""States of circuits, which Powertools keeps."""
CAUSES = "cause"
"""The task and the error that opened a circuit."""
PARKED = "parked"
"""Notes that tasks wait for a circuit."""
