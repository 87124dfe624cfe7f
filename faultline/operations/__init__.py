"""Everything an operator asks of a deployed stack: reports, circuits, dashboards, traces, keys, faults."""
