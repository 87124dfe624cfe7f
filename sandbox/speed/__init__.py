"""The same behaviour in less time. SANDBOX_SPEED=0 turns it off."""
