"""Faults of LocalStack's event source mapping that make ours necessary.

When a test fails after an upgrade, our mapping may be superfluous.
"""

import inspect

from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller
from localstack.services.lambda_.invocation.assignment import AssignmentService


def test_groups_are_invoked_one_after_another() -> None:
    """One thread invokes the function for each group in turn, up to the first error (poller)."""
    source = inspect.getsource(SqsPoller.poll_events)
    assert "for fifo_group_messages in fifo_groups.values():\n" in source
    assert inspect.getsource(EsmWorker.start).count("FuncThread(") == 1


def test_body_is_written_anew() -> None:
    """A JSON body is parsed and serialized again, which changes its MD5 (records)."""
    assert 'json.dumps(event["body"])' in inspect.getsource(SqsPoller.handle_messages)


def test_maximum_concurrency_is_unused() -> None:
    """The maximum concurrency in ScalingConfig is ignored (concurrency)."""
    source = inspect.getsource(EsmWorkerFactory) + inspect.getsource(SqsPoller)
    assert "ScalingConfig" not in source


def test_environments_race() -> None:
    """An execution environment is offered before it is reserved (environments)."""
    source = inspect.getsource(AssignmentService.get_environment)
    shown = source.index("self.environments[version_manager_id][execution_environment.id] =")
    assert shown < source.index("execution_environment.reserve()", shown)
