"""The table of tasks.

Listings read from two indexes whose partition keys are sharded (`<STATUS>#<n>` and `<n>`): a bare
status would be a hot partition, and a throttled index throttles the table's writes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html
A third index, `by-release`, is sparse: it holds only the tasks that wait for a release, in the order in
which they are due, for only they have its attributes. So looking for them costs what they cost, however
many tasks there are:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
All project keys only; the tasks themselves are read from the table.

CloudFormation adds or deletes one index in an update, and does not wait until the new one is filled; until
then it cannot be read:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from troposphere import Template
from troposphere.dynamodb import (
    AttributeDefinition,
    GlobalSecondaryIndex,
    KeySchema,
    PointInTimeRecoverySpecification,
    Projection,
    Table,
    TimeToLiveSpecification,
)

from infra.stack.data_retention import retention
from infra.stack.encryption import of_table
from infra.stages import StageSettings

KEY = "taskId"
TTL_ATTRIBUTE = "expiresAt"
INDEXES = {
    "by-status": ("statusShard", "position"),
    "by-time": ("shard", "position"),
    "by-release": ("release", "releaseAt"),
}
"""Name of each index: its partition key and its sort key, all strings."""


def add_table(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with expiry; recoverable and protected as the stage says."""
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
            SSESpecification=of_table(settings),
            PointInTimeRecoverySpecification=PointInTimeRecoverySpecification(
                PointInTimeRecoveryEnabled=settings.point_in_time_recovery
            ),
            TimeToLiveSpecification=TimeToLiveSpecification(AttributeName=TTL_ATTRIBUTE, Enabled=True),
            DeletionProtectionEnabled=settings.retain_data,
            **retention(settings),
        )
    )
