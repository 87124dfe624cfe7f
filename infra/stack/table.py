"""The table of tasks; docs/table.md explains its items and indexes.

The first three indexes have sharded partition keys (such as `RETRYING#3`, `3` and `due#3`): an unsharded
state would be a hot partition, and a throttled index throttles the table's writes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html
All but one are sparse: an item without their attributes has no entry, and costs nothing there:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html

CloudFormation adds or deletes one index per update, and does not wait until a new one is filled and readable:
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
from lambdas.store import indexes

KEY = "taskId"
TTL_ATTRIBUTE = "expiresAt"
INDEXES = {
    index.name: index
    for index in (
        indexes.BY_STATE,
        indexes.BY_SUBMISSION,
        indexes.BY_RELEASE,
        indexes.BY_ORDERING_KEY,
        indexes.BY_REFERENCE,
    )
}
"""The indexes by name. All their keys are strings."""
BY_STATE, BY_SUBMISSION, BY_RELEASE, BY_ORDERING_KEY, BY_REFERENCE = INDEXES
READ_INDEXES = (BY_STATE,)
"""Indexes with an alarm on throttled reads. The others have few reads, or are only read for lists."""


def add_table(template: Template, settings: StageSettings) -> Table:
    """Add the table: on demand, encrypted, with expiry; recovery and protection depend on the stage."""
    attributes = sorted({KEY} | {name for index in INDEXES.values() for name in index.keys})
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
                    IndexName=index.name,
                    KeySchema=[
                        KeySchema(AttributeName=index.partition, KeyType="HASH"),
                        KeySchema(AttributeName=index.sort, KeyType="RANGE"),
                    ],
                    Projection=Projection(**index.projection),
                )
                for index in INDEXES.values()
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
