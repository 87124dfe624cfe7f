"""Plug-ins that speed LocalStack up without changing its behaviour. SANDBOX_SPEED=0 turns them off."""
