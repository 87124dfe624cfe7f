"""Reader of CloudWatch dashboards and their data."""
