"""SQS: FIFO queues, limits, redrives and metrics."""
