"""A table of tasks without a stack around it: nothing but a test changes what is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from infra.stack.table import INDEXES, KEY
from sandbox.process.state_file import Sandbox


@dataclass(frozen=True, kw_only=True)
class BareTable:
    client: Any
    name: str


@contextmanager
def bare_table(sandbox: Sandbox, name: str) -> Iterator[BareTable]:
    """A table with the keys and the indexes of a stage's."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
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
    yield BareTable(client=client, name=name)
    client.delete_table(TableName=name)
