"""Function that reads, lists, cancels and redrives tasks."""
