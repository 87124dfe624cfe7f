"""A team's project folder: its own kinds of work, with their settings, permissions and secrets."""
