"""EventBridge: scheduled rules."""
