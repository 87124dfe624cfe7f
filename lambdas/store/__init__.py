"""DynamoDB: tasks, lanes, circuits, indexes."""
