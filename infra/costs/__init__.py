"""What a stage costs on AWS: when it is idle, and for a number of tasks."""
