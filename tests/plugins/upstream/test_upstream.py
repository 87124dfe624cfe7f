"""Each correction is still needed: these tests show LocalStack's and moto's own faults, in this process.

When one fails after an upgrade, its correction can go.
"""

import http.client
import inspect
import time
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from botocore.session import Session
from localstack import config
from localstack.aws import handlers
from localstack.aws.api.sqs import Message
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.forwarder import dispatch_to_backend
from localstack.aws.handlers.logging import ResponseLogger
from localstack.aws.protocol.parser import BaseJSONRequestParser
from localstack.runtime.hooks import HookManager
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.services.apigateway.helpers import import_api_from_openapi_spec
from localstack.services.apigateway.next_gen.execute_api.gateway_response import MissingAuthTokenError
from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import (
    GatewayExceptionHandler,
)
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.services.apigateway.resource_providers.aws_apigateway_restapi import ApiGatewayRestApiProvider
from localstack.services.apigateway.resource_providers.aws_apigateway_stage import ApiGatewayStageProvider
from localstack.services.cloudformation.engine.v2 import change_set_model_executor
from localstack.services.cloudformation.engine.v2.change_set_model import ChangeSetModel
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.cloudformation.v2.provider import CloudformationProviderV2
from localstack.services.cloudwatch.resource_providers.aws_cloudwatch_alarm import CloudWatchAlarmProvider
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.services.events.models import Rule
from localstack.services.events.resource_providers.aws_events_rule import EventsRuleProvider
from localstack.services.events.rule import RuleService
from localstack.services.events.scheduler import Job, JobScheduler
from localstack.services.iam.resource_providers.aws_iam_role import IAMRoleProvider
from localstack.services.kms.resource_providers.aws_kms_key import KMSKeyProvider
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_service import store_lambda_archive
from localstack.services.lambda_.invocation.logs import LogHandler
from localstack.services.lambda_.resource_providers.aws_lambda_eventinvokeconfig import (
    LambdaEventInvokeConfigProvider,
)
from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider
from localstack.services.logs.provider import get_pattern_matcher
from localstack.services.logs.resource_providers.aws_logs_loggroup import LogsLogGroupProvider
from localstack.services.s3.provider import DEFAULT_S3_TMP_DIR
from localstack.services.sns.resource_providers.aws_sns_topic import SNSTopicProvider
from localstack.services.sqs.models import FifoQueue, MessageMoveTask, SqsMessage, sqs_stores
from localstack.services.sqs.provider import MessageMoveTaskManager
from localstack.utils.aws import aws_stack
from moto.apigateway.models import APIGatewayBackend
from moto.core.responses import BaseResponse
from moto.dynamodb.exceptions import ItemSizeTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.parsing.ast_nodes import Node
from moto.dynamodb.parsing.validators import ActionCountValidator
from moto.dynamodb.responses import DynamoHandler
from moto.logs.models import LogEvent, LogGroup
from twisted.web import http as twisted_http
from werkzeug import routing
from werkzeug.datastructures import Headers

ACCOUNT, REGION = "000000000000", "us-east-1"


def make_queue(name: str = "queue.fifo") -> FifoQueue:
    return FifoQueue(name, REGION, ACCOUNT, attributes={"FifoQueue": "true"})


def put(queue: FifoQueue, body: str, deduplication_id: str | None = None) -> SqsMessage:
    message = Message(MessageId=f"id-of-{body}", Body=body)
    stored: SqsMessage = queue.put(
        message, message_group_id=body[0], message_deduplication_id=deduplication_id or body
    )
    return stored


def test_fifo_return_waits_for_other_groups() -> None:
    """sqs.fifo: B, visible again, is not put back while A, received before it, is invisible."""
    queue = make_queue()
    put(queue, "A1")
    returned = put(queue, "B1")
    queue.receive(num_messages=2, visibility_timeout=30)
    returned.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert not queue.receive().successful


def test_fifo_wait_does_not_notice_a_return() -> None:
    """sqs.fifo: a waiting receive sleeps on when a message becomes visible by its timeout."""
    queue = make_queue()
    returned = put(queue, "A1")
    queue.receive(visibility_timeout=30)
    returned.visibility_deadline = time.time() + 0.1
    assert not queue.receive(wait_time_seconds=1).successful


def test_fifo_group_is_offered_twice() -> None:
    """sqs.fifo: a group that one consumer has taken is offered to another while its messages return."""
    queue = make_queue()
    put(queue, "A1")
    put(queue, "A2")
    first, second = queue.receive(num_messages=2, visibility_timeout=30).successful
    queue._put_message(first)
    queue.inflight_groups.add(queue.message_group_queue.get(block=False))  # as a consumer in receive()
    queue._put_message(second)
    assert queue.message_group_queue.qsize() == 1


def test_fifo_old_receipt_handle_deletes() -> None:
    """sqs.fifo: the handle of an earlier receive deletes a message that is in flight again."""
    queue = make_queue()
    message = put(queue, "A1")
    [old_handle] = queue.receive(visibility_timeout=30).receipt_handles
    message.visibility_deadline = time.time()
    queue.requeue_inflight_messages()
    assert queue.receive(visibility_timeout=30).successful
    queue.remove(old_handle)
    assert message.deleted


def test_fifo_dead_letter_is_taken_for_a_duplicate() -> None:
    """sandbox.services.sqs.fifo: of two dead letters with one deduplication id the second is dropped."""
    queue = make_queue()
    for body in ("A1", "B1"):
        message = put(make_queue("source.fifo"), body, deduplication_id="same").message
        message["Attributes"]["DeadLetterQueueSourceArn"] = "arn"  # type: ignore[index]
        queue.put(message, message_group_id=body[0], message_deduplication_id="same")
    assert len(queue.receive(num_messages=10).successful) == 1


@pytest.fixture
def stored_queues() -> Iterator[tuple[FifoQueue, FifoQueue]]:
    """A source and its dead-letter queue, where LocalStack's SQS finds them."""
    queues = sqs_stores[ACCOUNT][REGION].queues
    pair = make_queue("upstream-source.fifo"), make_queue("upstream-dead.fifo")
    queues.update({queue.name: queue for queue in pair})
    yield pair
    for queue in pair:
        del queues[queue.name]


def test_redriven_message_is_lost(stored_queues: tuple[FifoQueue, FifoQueue]) -> None:
    """sandbox.services.sqs.redrive: a message that is moved back within five minutes is on neither queue."""
    source, dead_letters = stored_queues
    put(source, "A1")
    source.remove(source.receive(visibility_timeout=30).receipt_handles[0])
    put(dead_letters, "A1")
    tasks = MessageMoveTaskManager()
    tasks._run(MessageMoveTask(dead_letters.arn, source.arn))
    tasks.close()
    assert not source.receive().successful
    assert not dead_letters.receive().successful


def test_files_of_s3_are_in_a_fixed_folder() -> None:
    """sandbox.services.s3.provider: every LocalStack of a machine keeps S3's files in one folder."""
    assert DEFAULT_S3_TMP_DIR == "/tmp/localstack-s3-storage"


def test_s3_asks_dns_for_its_own_name() -> None:
    """sandbox.services.s3.provider: LocalStack looks the host name of S3 up."""
    assert "gethostbyname(S3_VIRTUAL_HOSTNAME)" in inspect.getsource(aws_stack.get_s3_hostname)


def test_plugins_that_cannot_be_loaded_are_passed_over() -> None:
    """sandbox.plugins: the loader takes a failure for nothing."""
    assert inspect.signature(HookManager.load_all_sorted).parameters["propagate_exceptions"].default is False


def test_server_ignores_the_address() -> None:
    """sandbox.common.loopback: LocalStack's web server listens on all IPv4 addresses, whatever it is told."""
    assert "endpoints.TCP4ServerEndpoint(reactor, host_and_port.port)" in inspect.getsource(
        TwistedRuntimeServer.register
    )


def test_table_resource_leaves_recovery_out() -> None:
    """cloudformation.table_resource: the resource provider does not turn point-in-time recovery on."""
    assert "update_continuous_backups(" not in inspect.getsource(DynamoDBTableProvider.create)


@pytest.fixture
def backend() -> DynamoDBBackend:
    """moto's DynamoDB with a table `tasks`, keyed by `id`."""
    made = DynamoDBBackend(REGION, ACCOUNT)
    made.create_table(
        "tasks",
        schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "id", "AttributeType": "S"}],
        global_indexes=[],
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    return made


def test_failed_update_leaves_an_item(backend: DynamoDBBackend) -> None:
    """sandbox.services.dynamodb.items: an update that fails has made the item that it was to make."""
    key = {"id": {"S": "task"}}
    large = {"S": "x" * 500_000}
    with pytest.raises(MockValidationException):
        backend.update_item("tasks", key, "SET a = :a", {}, {":a": large})
    assert backend.get_item("tasks", key)


def test_replaced_attribute_counts_twice() -> None:
    """sandbox.services.dynamodb.items: 300 KB cannot be replaced by 300 KB."""
    item = Item(DynamoType({"S": "task"}), None, {"payload": {"S": "x" * 300_000}})
    with pytest.raises(ItemSizeTooLarge):
        item.attrs["payload"] = DynamoType({"S": "y" * 300_000})


def test_transaction_copies_the_table() -> None:
    """sandbox.services.dynamodb.items: a transaction copies every item of its tables."""
    source = inspect.getsource(DynamoDBBackend.transact_write_items)
    assert "original_table_state[table_name] = copy.deepcopy(" in source


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: (DynamoType({"N": "0.3"}) - DynamoType({"N": "0.1"})).value != "0.2",
        lambda: DynamoType({"N": "1.0"}) != DynamoType({"N": "1"}),
        lambda: not DynamoType({"N": "1" * 37 + ".1"}) > DynamoType({"N": "1" * 37 + ".0"}),
    ],
)
def test_numbers_are_floats(wrong: Callable[[], bool]) -> None:
    """sandbox.services.dynamodb.items: numbers are compared and subtracted as float, or as text."""
    assert wrong()


def test_import_drops_gateway_responses() -> None:
    """sandbox.services.apigateway.gateway_responses: the OpenAPI import does not know the extension."""
    assert "GATEWAY_RESPONSES" not in inspect.getsource(import_api_from_openapi_spec)


def test_gateway_responses_have_no_body() -> None:
    """apigateway.gateway_responses: neither body nor headers are made from the gateway response."""
    error = MissingAuthTokenError("Missing Authentication Token")
    content = GatewayExceptionHandler._build_response_content(error)
    assert content == '{"message": "Missing Authentication Token"}'
    assert "TODO apply responseParameters" in inspect.getsource(GatewayExceptionHandler)


def test_other_failures_are_no_gateway_responses() -> None:
    """apigateway.gateway_responses: an error that is no gateway error is answered as text."""
    assert "Error in apigateway invocation" in inspect.getsource(GatewayExceptionHandler.__call__)


def test_nothing_is_throttled() -> None:
    """sandbox.services.apigateway: no handler of a request raises the errors that would say so."""
    package = Path(inspect.getfile(GatewayExceptionHandler)).parents[1]
    sources = [file.read_text() for file in package.rglob("*.py") if file.name != "gateway_response.py"]
    assert not [source for source in sources if "ThrottledError" in source or "QuotaExceededError" in source]


def test_twisted_reads_forms() -> None:
    """binary_bodies: it looks at the media type of a body, and answers what is no form by itself."""
    source = inspect.getsource(twisted_http.Request.requestReceived)
    assert "_parseContentType(" in source
    assert "_respondToBadRequestAndDisconnect" in source


def test_a_deleted_key_stays_in_its_plans() -> None:
    """sandbox.services.apigateway.api_keys: its deletion does not look at them."""
    assert "usage_plan_keys" not in inspect.getsource(APIGatewayBackend.delete_api_key)


def test_termination_protection_does_nothing() -> None:
    """sandbox.services.cloudformation.stack_updates.termination: a deletion does not look at it."""
    assert "enable_termination_protection" not in inspect.getsource(CloudformationProviderV2.delete_stack)


def test_nobody_is_refused() -> None:
    """iam.permissions: no handler in the chain of a request looks at what its caller may do."""
    assert not [each for each in vars(handlers) if "iam" in each or "permission" in each or "polic" in each]


@pytest.mark.parametrize(
    "provider",
    [
        ApiGatewayRestApiProvider,
        ApiGatewayStageProvider,
        CloudWatchAlarmProvider,
        DynamoDBTableProvider,
        EventsRuleProvider,
        KMSKeyProvider,
        LambdaEventInvokeConfigProvider,
        LogsLogGroupProvider,
    ],
)
def test_resource_has_no_update(provider: Any) -> None:
    """stack_updates: rest_api and stage are updated there, changes of the others are refused."""
    with pytest.raises(NotImplementedError):
        provider().update(None)


def test_missing_update_succeeds() -> None:
    """stack_updates.provider: an update that is not implemented is reported as made."""
    source = inspect.getsource(ResourceProviderExecutor.execute_action)
    refused = source[source.index("except NotImplementedError") :]
    assert "status=OperationStatus.SUCCESS, resource_model=request.previous_state" in refused


@pytest.mark.parametrize(
    ("method", "call"),
    [
        (ApiGatewayStageProvider.create, "MethodSettings"),
        (LogsLogGroupProvider.create, "put_retention_policy("),
        (DynamoDBTableProvider.create, "DeletionProtectionEnabled"),
        (SNSTopicProvider.update, "KmsMasterKeyId"),
        (IAMRoleProvider.update, "put_role_policy("),
        (LambdaFunctionProvider.update, "setdefault("),
    ],
)
def test_resource_overlooks_properties(method: Callable[..., Any], call: str) -> None:
    """sandbox.services.cloudformation.stack_updates: stage, log_group, table, topic, role and function."""
    assert call not in inspect.getsource(method)


def test_reference_to_an_updated_resource_replaces() -> None:
    """stack_updates.replacement: it is decided by what a property refers to, not by its value."""
    source = inspect.getsource(ChangeSetModel._resolve_requires_replacement)
    assert "node_property.change_type != ChangeType.UNCHANGED" in source


def test_resource_before_is_as_its_provider_left_it() -> None:
    """sandbox.services.cloudformation.stack_updates.previous: the template's properties are not looked at."""
    source = inspect.getsource(change_set_model_executor.ChangeSetModelExecutor._merge_before_properties)
    assert "return PreprocProperties(properties=previous_resource_properties)" in source


def test_failed_update_is_not_undone() -> None:
    """stack_updates.rollback: the engine says that an update is rolled back, and does nothing."""
    assert "UPDATE_ROLLBACK_IN_PROGRESS" not in inspect.getsource(change_set_model_executor)


def test_waiters_take_whole_seconds() -> None:
    """speed.deployments: LocalStack's own waiters look again after a second at the soonest."""
    assert isinstance(config.BOTO_WAITER_DELAY, int)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The timers of scheduled rules, none at first."""
    scheduler = JobScheduler()
    monkeypatch.setattr(JobScheduler, "_instance", scheduler)
    made: list[Job] = scheduler.jobs
    return made


def test_targets_that_are_put_again_get_another_timer(timers: list[Job]) -> None:
    """sandbox.services.events.schedules: PutTargets does not look whether the rule has a timer."""
    service = RuleService(Rule("rule", REGION, ACCOUNT, "rate(1 minute)"))
    service.create_schedule_job(lambda: None)
    service.create_schedule_job(lambda: None)
    assert len(timers) == 2


def test_timer_keeps_the_state_that_the_rule_had(timers: list[Job]) -> None:
    """sandbox.services.events.schedules: a rule that is disabled runs on."""
    service = RuleService(Rule("rule", REGION, ACCOUNT, "rate(1 minute)"))
    service.create_schedule_job(lambda: None)
    service.disable()
    assert timers[0].is_enabled


def test_query_sorts_the_whole_table(backend: DynamoDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """sandbox.speed.tables: a query of one item compares all of them."""
    compared: list[DynamoType] = []

    def compare(one: DynamoType, other: DynamoType) -> bool:
        compared.append(one)
        return bool(one.value < other.value)

    monkeypatch.setattr(DynamoType, "__lt__", compare)
    for number in range(10):
        backend.put_item("tasks", {"id": {"S": str(number)}})
    backend.query("tasks", {"S": "1"}, None, [], 1, None, True, None)
    assert len(compared) >= 9


def test_every_pattern_matches_every_event() -> None:
    """logs.filter_patterns: LocalStack asks for a pattern's matcher, and there is but one."""
    assert get_pattern_matcher("ERROR")("ERROR", {"message": "INFO"})


def test_events_come_stream_by_stream() -> None:
    """logs.filter_patterns: not in the order of their time, unless that is asked for, as once on AWS."""
    group = LogGroup(ACCOUNT, REGION, "group")  # type: ignore[abstract]
    for stream, at in (("a", 2), ("b", 1)):
        group.create_log_stream(stream)
        group.streams[stream].events.append(LogEvent(0, {"timestamp": at, "message": stream}))
    events, _, _ = group.filter_log_events("group", [], 0, 9, None, None, "", False)
    assert [event["timestamp"] for event in events] == [2, 1]


def test_each_session_reads_the_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """sandbox.speed.loading: LocalStack and moto make some 17 sessions in a deployment."""
    read: list[str] = []
    load_file = JSONFileLoader.load_file

    def counted(self: JSONFileLoader, file_path: str) -> Any:
        read.append(Path(file_path).name)
        return load_file(self, file_path)

    monkeypatch.setattr(JSONFileLoader, "load_file", counted)
    for _ in range(2):
        Session().get_available_regions("sqs")
    assert read.count("endpoints") == 2


@pytest.mark.parametrize(
    ("method", "costly"),
    [
        # sandbox.speed.tables
        (DynamoHandler.update_item, "UpdateExpressionParser.make("),
        (DynamoHandler.update_item, "copy.deepcopy("),
        (DynamoDBBackend.update_item, "UpdateExpressionParser.make("),
        (DynamoHandler.update_item, "condition_parser.parse()"),
        (DynamoDBBackend.update_item, "condition_expression_parser.parse()"),
        (Node.find_clauses, "isinstance(child, Expression)"),
        (ActionCountValidator.traverse_node_recursively, "isinstance(node, self.nodes_to_be_processed())"),
        (ActionCountValidator.verify_action_counts, "node.find_clauses("),
        (BaseResponse.setup_class, "parse_qsl("),
        (DynamoHandler.call_action, "json.loads(self.body"),
        # sandbox.services.dynamodb.provider
        (dispatch_to_backend, "parse_response("),
        # sandbox.speed.requests
        (BaseJSONRequestParser._parse_structure, "in shape.members.items()"),
        (Headers._get_key, "raise BadRequestKeyError(key)"),
        (ResponseLogger._log, "dict(context.request.headers)"),
        (LocalstackAwsGateway.__init__, "handlers.serve_edge_router_rules,"),
        # sandbox.services.lambda_
        (LogHandler.run_log_loop, "logs_client.put_log_events("),
        (RestApiAwsProxyIntegration.call_lambda, "lambda_client.request_metadata("),
        # sandbox.speed.environment_timers
        (ExecutionEnvironment.release, "Timer("),
        # sandbox.speed.shared_code
        (store_lambda_archive, "upload_fileobj("),
        # sandbox.speed.deployments
        (ResourceProviderExecutor.deploy_loop, "sleep_time: float = 1,"),
        # sandbox.speed.loading
        (vars(JSONFileLoader)["_load_file"], "OrderedDict"),
        (routing.Rule.compile, "_compile_builder(False)"),
        # sandbox.services.lambda_.executor.endpoint
        (TwistedRuntimeServer.run, "getThreadPool("),
        # sandbox.services.lambda_.executor.connections
        (http.client.parse_headers, "_parse_header_lines("),
    ],
)
def test_what_each_task_does_is_costly(method: Callable[..., Any], costly: str) -> None:
    """A call through LocalStack's gateway to itself, a thread, or the same work once more."""
    assert costly in inspect.getsource(method)


def test_there_is_no_resource_of_dashboards() -> None:
    """sandbox.services.cloudformation.dashboard_resource: CloudFormation has no provider but ours."""
    found = entry_points(
        group="localstack.cloudformation.resource_providers", name="AWS::CloudWatch::Dashboard"
    )
    assert {each.value.partition(".")[0] for each in found} == {"sandbox"}
