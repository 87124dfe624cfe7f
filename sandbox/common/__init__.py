"""Code that several plug-ins share."""
