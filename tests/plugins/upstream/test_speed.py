"""Costs of LocalStack and moto that sandbox/speed avoids."""

import copy
import http.client
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader
from botocore.session import Session
from localstack.aws import patches
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.forwarder import dispatch_to_backend
from localstack.aws.handlers.logging import ResponseLogger
from localstack.aws.protocol.parser import BaseJSONRequestParser
from localstack.runtime.runtime import LocalstackRuntime
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.services.cloudformation.engine.v2 import change_set_model_visitor
from localstack.services.cloudformation.engine.v2.change_set_model import Scope
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.cloudformation.v2.entities import ChangeSet
from localstack.services.iam.provider import IamProvider
from localstack.services.lambda_.invocation.event_manager import LambdaEventManager, Poller
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_models import S3Code
from localstack.services.lambda_.invocation.lambda_service import store_lambda_archive
from localstack.services.lambda_.invocation.logs import LogHandler
from moto.core.responses import BaseResponse
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.parsing.ast_nodes import Node
from moto.dynamodb.parsing.validators import ActionCountValidator
from moto.dynamodb.responses import DynamoHandler
from moto.kms.models import Key
from werkzeug import routing
from werkzeug.datastructures import Headers


def test_each_copy_of_a_change_set_has_its_own_paths() -> None:
    path = Scope("/Resources/TaskTable")
    assert copy.deepcopy(path) is not path


def test_each_visit_of_a_change_set_derives_the_name_of_its_method() -> None:
    assert not hasattr(change_set_model_visitor.camel_to_snake_case, "cache_info")


def test_moto_loads_policies_that_localstack_does_not_serve() -> None:
    """Moto loads managed policies that LocalStack does not use (sandbox.speed.service_loading)."""
    assert "load_aws_managed_policies" in inspect.getsource(patches.patch_moto_iam_config)
    assert "moto" not in inspect.getsource(IamProvider)


def test_each_session_reads_the_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each session reads botocore's endpoints again (sandbox.speed.loading)."""
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
        # sandbox.speed.event_pollers
        (Poller.run, "WaitTimeSeconds=2"),
        (LambdaEventManager.stop, "poller_thread.join(timeout=3)"),
        # sandbox.speed.environment_timers
        (ExecutionEnvironment.release, "Timer("),
        # sandbox.speed.shared_code
        (store_lambda_archive, "upload_fileobj("),
        (S3Code.generate_presigned_url, "boto3.client("),
        # sandbox.common.web_server
        (TwistedRuntimeServer.run, "getThreadPool("),
        # sandbox.speed.private_keys
        (LocalstackRuntime._init_gateway_server, "create_ssl_cert("),
        (Key.__init__, "generate_private_key(self.key_spec)"),
        # sandbox.speed.service_loading
        (IamProvider.on_after_init, "_build_aws_managed_policy_cache()"),
        # sandbox.speed.deployments
        (ResourceProviderExecutor.deploy_loop, "sleep_time: float = 1,"),
        (ChangeSet.compute_update_model, "TODO: skip this process"),
        # sandbox.speed.loading
        (vars(JSONFileLoader)["_load_file"], "OrderedDict"),
        (EventAliaser.__init__, "self._alias_name_cache = {}"),
        (routing.Rule.compile, "_compile_builder(False)"),
        # sandbox.common.connections
        (http.client.parse_headers, "_parse_header_lines("),
    ],
)
def test_what_each_task_does_is_costly(method: Callable[..., Any], costly: str) -> None:
    """Methods still do the costly work that sandbox modules avoid, such as starting threads."""
    assert costly in inspect.getsource(method)
