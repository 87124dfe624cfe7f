"""A stack deployed to an emulator, with clients for the measures."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from benchmarks.processes import ProcessTree
from faultline.client.api import ApiClient
from infra.deploy.outputs import Outputs
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_sqs import SQSClient


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack.

    Attributes:
        code: The location of the functions' artifact.
        processes: The emulator's processes.
    """

    session: boto3.Session = field(repr=False)
    settings: StageSettings
    outputs: Outputs
    code: CodeLocation
    processes: ProcessTree

    @cached_property
    def api(self) -> ApiClient:
        """A client for the stack's API."""
        return ApiClient(self.outputs.api_url)

    @cached_property
    def functions(self) -> "LambdaClient":
        """A client for Lambda."""
        return self.session.client("lambda")

    @cached_property
    def queues(self) -> "SQSClient":
        """A client for SQS."""
        return self.session.client("sqs")

    @cached_property
    def tables(self) -> "DynamoDBClient":
        """A client for DynamoDB."""
        return self.session.client("dynamodb")
