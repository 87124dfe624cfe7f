"""Updates that change the indexes of a table one by one.

CloudFormation adds or deletes one index of a table per update, and DynamoDB fills one new index at a time:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

import copy
import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

type Resources = dict[str, Any]

POLL_SECONDS = 5.0


def index_steps(deployed: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the templates to deploy in turn, or only one if a single update can make all changes.

    New indexes come first, one by one and with nothing else, so that the new functions find them filled; then
    everything else; and finally the old indexes are removed.

    Args:
        deployed: The deployed template of the stack.
        whole: The template to deploy.
    """
    step = copy.deepcopy(dict(deployed))
    tables = [name for name in _tables(whole) if name in _tables(deployed)]
    changes = {name: _changes(_tables(deployed)[name], _tables(whole)[name]) for name in tables}
    if all(len(added) + len(deleted) <= 1 for added, deleted in changes.values()):
        yield whole
        return
    for name, (added, _) in changes.items():
        for index in added:
            table = step["Resources"][name]["Properties"]
            _set_indexes(table, [*_indexes(table).values(), index], _tables(whole)[name])
            yield copy.deepcopy(step)
    step = copy.deepcopy(dict(whole))
    for name, (_, deleted) in changes.items():
        table = step["Resources"][name]["Properties"]
        _set_indexes(table, [*_indexes(table).values(), *deleted], _tables(deployed)[name])
    yield copy.deepcopy(step)
    for name, (_, deleted) in changes.items():
        for index in deleted:
            table = step["Resources"][name]["Properties"]
            kept = [each for each in _indexes(table).values() if each != index]
            _set_indexes(table, kept, _tables(deployed)[name])
            yield copy.deepcopy(step)


def await_indexes(client: "DynamoDBClient", template: Mapping[str, Any]) -> None:
    """Wait until all tables of a template and their indexes can be changed and read."""
    for table in _tables(template).values():
        while not _is_ready(client.describe_table(TableName=table["TableName"])["Table"]):
            time.sleep(POLL_SECONDS)


def to_template(body: Any) -> dict[str, Any]:
    """Return a template as a dict. boto3 returns templates as text or as dicts."""
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else json.loads(json.dumps(body))
    return template


def _is_ready(table: Mapping[str, Any]) -> bool:
    parts = [table["TableStatus"], *(each["IndexStatus"] for each in table.get("GlobalSecondaryIndexes", ()))]
    return all(status == "ACTIVE" for status in parts)


def _tables(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template.get("Resources", {}).items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def _indexes(table: Mapping[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", ())}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return the indexes to add and those to delete."""
    before, after = _indexes(old), _indexes(new)
    return (
        [index for name, index in after.items() if name not in before],
        [index for name, index in before.items() if name not in after],
    )


def _set_indexes(table: Resources, indexes: list[Any], other: Mapping[str, Any]) -> None:
    """Set a table's indexes, and define exactly the attributes of all keys, as no others are allowed.

    Args:
        table: The properties of the table.
        indexes: All indexes that the table is to have.
        other: Properties that define the attributes missing from the table's own.
    """
    types = {
        each["AttributeName"]: each
        for each in (*other["AttributeDefinitions"], *table["AttributeDefinitions"])
    }
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in indexes)]
    names = sorted({key["AttributeName"] for schema in schemas for key in schema})
    table["AttributeDefinitions"] = [types[name] for name in names]
    table["GlobalSecondaryIndexes"] = indexes
    if not indexes:
        del table["GlobalSecondaryIndexes"]
