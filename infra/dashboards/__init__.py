"""The CloudWatch dashboards of a stage."""
