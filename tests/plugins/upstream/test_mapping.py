"""The mapping of our own is still needed. When one fails after an upgrade, see whether it can go."""

import inspect

from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller
from localstack.services.lambda_.invocation.assignment import AssignmentService


def test_groups_are_invoked_one_after_another() -> None:
    """poller: one thread invokes for one group after another, and an error ends the row."""
    source = inspect.getsource(SqsPoller.poll_events)
    assert "for fifo_group_messages in fifo_groups.values():\n" in source
    assert inspect.getsource(EsmWorker.start).count("FuncThread(") == 1


def test_body_is_written_anew() -> None:
    """records: a body that is JSON is parsed and written again, so its MD5 is another."""
    assert 'json.dumps(event["body"])' in inspect.getsource(SqsPoller.handle_messages)


def test_maximum_concurrency_is_unused() -> None:
    """concurrency: the maker of pollers does not look at ScalingConfig."""
    source = inspect.getsource(EsmWorkerFactory) + inspect.getsource(SqsPoller)
    assert "ScalingConfig" not in source


def test_environments_race() -> None:
    """environments: one is shown before it is reserved."""
    source = inspect.getsource(AssignmentService.get_environment)
    shown = source.index("self.environments[version_manager_id][execution_environment.id] =")
    assert shown < source.index("execution_environment.reserve()", shown)
