"""Function that reads, lists, counts, cancels, runs and redrives tasks, and pauses kinds of work."""
