"""The resources of a stage, except for its API, alarms and dashboards."""
