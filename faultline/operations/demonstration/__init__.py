"""What the demonstration does, in a terminal and in the console: its tasks, its server and its scenes."""
