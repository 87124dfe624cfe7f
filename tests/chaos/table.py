"""A table of tasks without a stack, which only the test changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra.deploy.endpoint import S3_CONFIG
from infra.stack.circuits import PARTITION_KEY, SORT_KEY
from infra.stack.table import INDEXES, KEY
from lambdas.application.clients import CLIENT_CONFIG
from lambdas.store.objects import Objects
from sandbox.process.state_file import Sandbox

_CONFIG = CLIENT_CONFIG.merge(Config(connect_timeout=60, read_timeout=60))
"""The functions' configuration, with longer timeouts, so that slow calls are not repeated."""


@dataclass(frozen=True, kw_only=True)
class BareTable:
    client: Any
    name: str
    objects: Objects


@contextmanager
def circuit_table(tasks: BareTable) -> Iterator[str]:
    """Create a table of circuits beside a table of tasks, and yield its name."""
    name, keys = f"{tasks.name}-circuits", {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
    tasks.client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in keys],
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in keys.items()],
    )
    yield name
    tasks.client.delete_table(TableName=name)


@contextmanager
def bare_table(sandbox: Sandbox, name: str) -> Iterator[BareTable]:
    """Create a table with the keys and indexes of a stage's table."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    client: Any = session.client("dynamodb", endpoint_url=sandbox.endpoint_url, config=_CONFIG)
    attributes = sorted({KEY} | {each for index in INDEXES.values() for each in index.keys})
    indexes: Any = [
        {
            "IndexName": index.name,
            "KeySchema": [
                {"AttributeName": index.partition, "KeyType": "HASH"},
                {"AttributeName": index.sort, "KeyType": "RANGE"},
            ],
            "Projection": index.projection,
        }
        for index in INDEXES.values()
    ]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in attributes],
        KeySchema=[{"AttributeName": KEY, "KeyType": "HASH"}],
        GlobalSecondaryIndexes=indexes,
    )

    def s3() -> Any:
        made: Any = session.client("s3", endpoint_url=sandbox.endpoint_url, config=S3_CONFIG)
        made.create_bucket(Bucket=name)
        return made

    yield BareTable(client=client, name=name, objects=Objects(s3, name))
    client.delete_table(TableName=name)
