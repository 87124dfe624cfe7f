"""The table of tasks.

Listings read from two indexes with sharded partition keys (`<STATUS>#<n>` and `<n>`): an unsharded status
would be a hot partition, and a throttled index throttles the table's writes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html
A third index, `by-release`, is sparse: only tasks that wait for a release have its attributes, so it holds
just these, in the order in which they are due. The cost of looking for them does not depend on the number of
tasks:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
All indexes project keys only; the tasks themselves are read from the table.

CloudFormation adds or deletes one index in an update, and does not wait until a new one is filled and can be
read:
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
BY_STATUS, BY_TIME, BY_RELEASE = "by-status", "by-time", "by-release"
INDEXES = {
    BY_STATUS: ("statusShard", "position"),
    BY_TIME: ("shard", "position"),
    BY_RELEASE: ("release", "releaseAt"),
}
"""The partition key and the sort key of each index, all strings."""


def add_table(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with expiry; recovery and protection depend on the stage."""
    attributes = sorted({KEY} | {name for keys in INDEXES.values() for name in keys})
    return template.add_resource(
        Table(
            "TaskTable",
            TableName=settings.task_table_name,
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
