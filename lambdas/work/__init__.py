"""What tasks do: the registry of kinds and the built-in ones. Here users add theirs."""
