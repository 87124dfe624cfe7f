"""The table of circuits, in which Powertools' circuit breaker keeps the state of each dependency.

The table also contains the pauses of kinds, and the circuits that operators hold open
(`lambdas.store.holds`).
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
"""Powertools' `key_attr` and `sort_key_attr`. All circuits share one partition, so one query finds them."""
TTL_ATTRIBUTE = "expiration"


def add_circuits(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with expiry.

    The table is deleted with the stack in every stage, and has neither recovery nor protection: its circuits
    are valid for minutes, and new attempts restore them. A circuit without an item is closed. Pauses end with
    the table.
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
