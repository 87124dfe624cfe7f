"""The tasks, the server and the scenes of the demonstration, in a terminal and in the console."""
