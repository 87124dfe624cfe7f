"""The alarms of a stage, and the signals that alarms and dashboards use."""
