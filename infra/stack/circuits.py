"""The table of circuits: what Powertools' circuit breaker knows of each dependency.

https://docs.aws.amazon.com/powertools/python/latest/utilities/circuit_breaker/
"""

from troposphere import Template
from troposphere.dynamodb import (
    AttributeDefinition,
    KeySchema,
    Table,
    TimeToLiveSpecification,
)

from infra.stack.encryption import of_table
from infra.stages import StageSettings

PARTITION_KEY, SORT_KEY = "id", "name"
"""Powertools' `key_attr` and `sort_key_attr`: the circuits are one partition, so that one query finds all."""
TTL_ATTRIBUTE = "expiration"


def add_circuits(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with expiry.

    It is neither recoverable nor protected, and goes with its stack wherever tasks stay: what it holds is the
    state of minutes, which attempts find out anew. A circuit without an item is closed.
    """
    return template.add_resource(
        Table(
            "CircuitTable",
            TableName=settings.circuit_table_name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                AttributeDefinition(AttributeName=name, AttributeType="S")
                for name in (PARTITION_KEY, SORT_KEY)
            ],
            KeySchema=[
                KeySchema(AttributeName=PARTITION_KEY, KeyType="HASH"),
                KeySchema(AttributeName=SORT_KEY, KeyType="RANGE"),
            ],
            SSESpecification=of_table(settings),
            TimeToLiveSpecification=TimeToLiveSpecification(AttributeName=TTL_ATTRIBUTE, Enabled=True),
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
        )
    )
