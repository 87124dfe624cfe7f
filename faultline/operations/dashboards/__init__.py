"""Reading dashboards, with their data, from CloudWatch."""
