"""The project folder of a team: its own kinds of work, with their settings, permissions and secrets."""
