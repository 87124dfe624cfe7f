"""The table of tasks.

Listings read from two indexes whose partition keys are sharded (`<STATUS>#<n>` and `<n>`): a bare
status would be a hot partition, and a throttled index throttles the table's writes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html
Both project keys only; the tasks themselves are read by BatchGetItem.
"""

from troposphere import Template
from troposphere.dynamodb import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeySchema,
    PointInTimeRecoverySpecification,
    Projection,
    SSESpecification,
    Table,
    TimeToLiveSpecification,
)

from infra.data_retention import retention
from infra.stages import StageSettings

KEY = "taskId"
TTL_ATTRIBUTE = "expiresAt"
INDEXES = {"by-status": ("statusShard", "position"), "by-time": ("shard", "position")}
"""Name of each index: its partition key and its sort key, all strings."""


def add_table(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with point-in-time recovery and expiry."""
    attributes = sorted({KEY} | {name for keys in INDEXES.values() for name in keys})
    return template.add_resource(
        Table(
            "TaskTable",
            TableName=f"{settings.stack_name}-tasks",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                AttributeDefinition(AttributeName=name, AttributeType="S") for name in attributes
            ],
            KeySchema=[KeySchema(AttributeName=KEY, KeyType="HASH")],
            GlobalSecondaryIndexes=[
                GlobalSecondaryIndex(
                    IndexName=index,
                    KeySchema=[
                        KeySchema(AttributeName=partition, KeyType="HASH"),
                        KeySchema(AttributeName=sort, KeyType="RANGE"),
                    ],
                    Projection=Projection(ProjectionType="KEYS_ONLY"),
                )
                for index, (partition, sort) in INDEXES.items()
            ],
            SSESpecification=SSESpecification(SSEEnabled=True),
            PointInTimeRecoverySpecification=PointInTimeRecoverySpecification(
                PointInTimeRecoveryEnabled=True
            ),
            TimeToLiveSpecification=TimeToLiveSpecification(AttributeName=TTL_ATTRIBUTE, Enabled=True),
            DeletionProtectionEnabled=settings.retain_data,
            **retention(settings),
        )
    )
