"""Updates, rollbacks and deletions of stacks."""
