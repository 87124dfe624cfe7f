"""Transparent packing of items at rest."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import dynamo_json_dump

from sandbox.services.dynamodb import items
from sandbox.speed.tables import copies, packing, projections

ATTRIBUTES: dict[str, Any] = {
    "id": {"S": "1"},
    "n": {"N": "1.5"},
    "raw": {"B": "AAEC"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"M": {"deep": {"L": [{"S": "x"}, {"N": "7"}]}}}]},
}


@pytest.fixture(autouse=True, scope="module")
def corrected(patches_undone: None) -> Iterator[None]:
    """Correct moto, and pack its items, as in the sandbox."""
    with pytest.MonkeyPatch.context() as undone:
        for kind, name in ((DynamoType, "__deepcopy__"), (Item, "__deepcopy__"), (Item, "attrs")):
            undone.setattr(kind, name, None, raising=False)
        items.correct_moto()
        copies.share_what_never_changes()
        packing.pack_what_rests()
        yield


def an_item(**more: Any) -> Item:
    return Item(DynamoType({"S": "1"}), None, {**ATTRIBUTES, **more})


def shown(item: Item) -> Any:
    return json.loads(dynamo_json_dump(item.attrs))


def sorted_sets(attributes: Any) -> Any:
    """Return attributes with their sets in order, since moto's projection shuffles them."""
    return {
        name: {kind: sorted(each) if kind in {"SS", "NS"} else each for kind, each in value.items()}
        for name, value in attributes.items()
    }


def test_a_packed_item_has_all_its_attributes() -> None:
    """A packed item keeps attributes of every type, and a read does not unpack it permanently."""
    item = an_item()
    packing.pack(item)
    packing.pack(item)
    with packing.reading():
        assert shown(item) == ATTRIBUTES
        assert copy.deepcopy(item).attrs == an_item().attrs
        assert packing.is_packed(item)
    assert item == an_item()
    assert not packing.is_packed(item)


def test_a_change_of_a_packed_item_is_kept() -> None:
    """A change to a packed item is kept when the item is packed again."""
    item = an_item()
    packing.pack(item)
    item.attrs["n"] = DynamoType({"N": "2"})
    packing.pack(item)
    assert shown(item)["n"] == {"N": "2"}


def test_items_that_were_not_written_lately_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "UNPACKED", 2)
    first, second, third = an_item(), an_item(), an_item()
    for item in (first, second, first, third):
        packing.written(item)
    packing.written(None)
    assert [packing.is_packed(item) for item in (first, second, third)] == [False, True, False]


def test_some_values_of_a_packed_item_are_read_without_the_others() -> None:
    item = an_item()
    loose = packing.values(item, {"n", "list", "missing"})
    packing.pack(item)
    found = packing.values(item, {"n", "list", "missing"})
    assert found == loose
    assert found.keys() == {"n", "list"}
    assert packing.is_packed(item)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    "paths",
    [
        *([["n"]], [["raw"], ["n"]], [["missing"]], [[name] for name in ATTRIBUTES]),
        *([["list[0]", "deep"]], [["list[0]"], ["n"]], [["a[0]"]]),
    ],
)
def test_a_projection_is_that_of_moto(paths: list[list[str]], *, is_packed: bool) -> None:
    item = an_item(**{"a[0]": {"S": "a name that looks like an element"}})
    expected = Item.project(item, copy.deepcopy(paths))
    if is_packed:
        packing.pack(item)
    found = projections._project(Item.project, item, paths)
    assert sorted_sets(shown(found)) == sorted_sets(shown(expected))
    assert [*found.attrs] == [*expected.attrs]


def test_a_size_is_remembered_until_the_item_changes() -> None:
    item = an_item()
    packing.remember_size(item, "by-n", 7)
    assert packing.size(item, "by-n") is None  # it may change at any moment
    packing.pack(item)
    packing.remember_size(item, "by-n", 7)
    assert (packing.size(item, "by-n"), packing.size(item, "other"), packing.size(item, "")) == (
        7,
        None,
        None,
    )
    item.attrs["n"] = DynamoType({"N": "2"})
    assert packing.size(item, "by-n") is None
    packing.pack(item)
    assert packing.size(item, "by-n") is None
