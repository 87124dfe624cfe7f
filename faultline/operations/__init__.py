"""Operations on a deployed stage: reports, circuits, dashboards, traces, API keys and faults."""
