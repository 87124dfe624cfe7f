"""Metric math, as far as the alarms and dashboards use it."""
