"""LocalStack without our corrections of it: run by the interpreter of LocalStack's environment.

The plug-ins of this distribution stay installed; plux, which loads them, is told to leave these out.
"""

# LocalStack is typed in part only, plux not at all.
# mypy: disable-error-code="no-untyped-call, import-untyped"

LEFT_OUT = (
    "require_plugins",
    "use_ordered_fifo_queues",
    "map_queues_concurrently",
    "answer_as_the_api_says",
    "make_stack_updates",
    "inject_faults",
    "end_faults",
    "enforce_permissions",
    "forget_deleted_keys",
    "leave_bodies_alone",
    "throttle_requests",
    "publish_metrics",
    "keep_environments",
    "share_code",
    "load_quickly",
    "answer_quickly",
    "collect_seldom",
    "log_in_process",
    "trace_requests",
    "end_tracing",
    "filter_log_events",
    "hasten_deployments",
)
"""The names of entry points in sandbox/pyproject.toml. What is not named is what functions, tables and
dashboards need here; the time that lambda_.executor.endpoint saves, plain LocalStack saves, too."""


def leave_out() -> None:
    """Have plux disable the plug-ins, in this process."""
    from plux.runtime.filter import global_plugin_filter

    for name in LEFT_OUT:
        global_plugin_filter.add_exclusion(name=name)


if __name__ == "__main__":
    from localstack.runtime.main import main

    leave_out()
    main()
