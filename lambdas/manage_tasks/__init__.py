"""Function that reads, lists, cancels, runs and redrives tasks, and pauses kinds of work."""
