"""Tasks, server and scenes of the demonstration, for the terminal and the console."""
