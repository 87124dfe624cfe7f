"""Updates that change the indexes of a table one by one.

CloudFormation adds or deletes one index of a table per update. It starts to create an index and does not
wait until DynamoDB has filled it; until then the index cannot be read, nor can the table be updated. Its page
recommends that such an update change nothing else, since a rollback could not delete the new index:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

type Resources = dict[str, Any]

POLL_SECONDS = 5.0


def index_steps(deployed: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the templates to deploy in turn; the last one is `whole`.

    New indexes come first, one by one and with nothing else, so that the new functions find them filled; then
    everything else; and finally the old indexes are removed, which the former functions used.

    Args:
        deployed: The deployed template of the stack.
        whole: The template to deploy.
    """
    tables = [name for name in _tables(whole) if name in _tables(deployed)]
    changes = {name: _changes(_tables(deployed)[name], _tables(whole)[name]) for name in tables}
    steps: list[Mapping[str, Any]] = []
    step = copy.deepcopy(dict(deployed))
    for name, (added, _) in changes.items():
        for index in added:
            table = step["Resources"][name]["Properties"]
            _set_indexes(table, [*_indexes(table).values(), index], _tables(whole)[name])
            steps.append(copy.deepcopy(step))
    step = copy.deepcopy(dict(whole))
    for name, (_, deleted) in changes.items():
        table = step["Resources"][name]["Properties"]
        _set_indexes(table, [*_indexes(table).values(), *deleted], _tables(deployed)[name])
    steps.append(copy.deepcopy(step))
    for name, (_, deleted) in changes.items():
        for index in deleted:
            table = step["Resources"][name]["Properties"]
            kept = [each for each in _indexes(table).values() if each != index]
            _set_indexes(table, kept, _tables(deployed)[name])
            steps.append(copy.deepcopy(step))
    steps[-1] = whole
    for each, following in pairwise(steps):
        if not (_are_same(each, deployed) or _are_same(each, following)):
            yield each
    yield whole


def await_indexes(
    client: "DynamoDBClient", template: Mapping[str, Any], notice: Callable[[str], None] = lambda _: None
) -> None:
    """Wait until all tables of a template can be changed, and their indexes can be read.

    Args:
        client: DynamoDB client.
        template: A deployed template.
        notice: Called with a line for each table that is not ready.
    """
    for table in _tables(template).values():
        name = table["TableName"]
        if _is_changing(client, name):
            notice(f"waiting for DynamoDB, which is still changing {name} or filling one of its indexes")
            while _is_changing(client, name):
                time.sleep(POLL_SECONDS)


def to_template(body: Any) -> dict[str, Any]:
    """Return a template as a dict. boto3 returns templates as text or as dicts."""
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else json.loads(json.dumps(body))
    return template


def _is_changing(client: "DynamoDBClient", name: str) -> bool:
    """Return whether a table or one of its indexes is being created, updated or deleted."""
    try:
        table = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return False  # CloudFormation has the better message.
    parts = [table["TableStatus"], *(each["IndexStatus"] for each in table.get("GlobalSecondaryIndexes", ()))]
    return not {"CREATING", "UPDATING", "DELETING"}.isdisjoint(parts)


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


def _are_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two templates differ at most in the order of indexes and attributes."""
    return _sorted(one) == _sorted(other)


def _sorted(template: Mapping[str, Any]) -> Mapping[str, Any]:
    template = copy.deepcopy(dict(template))
    for table in _tables(template).values():
        table["GlobalSecondaryIndexes"] = sorted(_indexes(table).items())
        attributes = table.get("AttributeDefinitions", ())
        table["AttributeDefinitions"] = sorted(attributes, key=itemgetter("AttributeName"))
    return template


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
