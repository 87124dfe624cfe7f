"""The executor as on macOS: a fresh interpreter for each environment, and no native runtime client."""

import signal
from collections.abc import Iterator

import pytest

from tests.sandbox.executor.localstack import LocalStack
from tests.sandbox.executor.test_failures import (  # noqa: F401 # run once more, with the fixture below
    test_a_process_killed_while_idle_is_replaced_unnoticed,
    test_a_timeout_ends_the_process_and_all_it_started,
    test_an_exit_is_answered_at_once,
    test_an_init_that_exits_is_the_answer,
    test_an_init_that_fails_once_is_tried_again,
    test_memory_within_the_limit_is_reported,
    test_more_memory_than_configured_is_killed,
    test_what_is_not_of_the_runtime_api_is_refused,
)
from tests.sandbox.executor.test_invocation import (  # noqa: F401
    test_a_response_above_the_limit_is_refused_in_the_words_of_aws,
    test_a_warm_start_keeps_the_process_and_its_state,
    test_an_exception_is_answered_with_type_message_and_stack,
    test_concurrent_invocations_run_in_processes_of_their_own,
    test_only_a_cold_start_reports_and_bills_its_init,
    test_the_answer_is_what_the_handler_returned,
    test_the_context_tells_the_function_who_it_is,
    test_the_log_of_an_invocation_has_the_lines_of_aws,
)
from tests.sandbox.executor.test_isolation import (  # noqa: F401
    findings,
    test_imports_come_from_the_artifact_the_runtime_and_the_library,
    test_the_environment_is_that_of_aws,
    test_the_process_stands_alone,
)
from tests.sandbox.executor.test_lifetime import ends_functions

WHICH = """
    import os, runtime_client

    def handler(event, context):
        return [type(runtime_client).__name__, os.getppid()]
"""


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Run a LocalStack whose functions find no native client, and check that they end with it."""
    localstack = LocalStack(tmp_path_factory.mktemp("localstack"), SANDBOX_SPEED="0")
    try:
        localstack.wait()
        localstack.deploy(WHICH)  # the runtime's folder exists then
        [native] = (localstack.folder / "cache" / "runtimes").glob("*/runtime_client*")
        native.parent.chmod(0o755)
        native.unlink()
        yield localstack
        ends_functions(localstack, signal.SIGTERM)
    finally:
        localstack.kill()


def test_the_system_is_another_one(localstack: LocalStack) -> None:
    client, parent = localstack.invoke(localstack.deploy(WHICH)).payload
    assert client == "_Client"
    assert parent == localstack.process.pid
