"""Starting, finding and stopping LocalStack as a process, from the product's environment."""
