"""Service models without documentation and with shared parts, and botocore's use of them."""

import json
from typing import Any

from botocore.model import ServiceModel

from sandbox.common import service_models

MODEL: dict[str, Any] = {
    "metadata": {"protocol": "json"},
    "documentation": "<p>Tides</p>",
    "operations": {"Watch": {"name": "Watch", "input": {"shape": "Tide"}, "documentation": "<p>Watches</p>"}},
    "shapes": {
        "Tide": {
            "type": "structure",
            "documentation": "<p>A tide</p>",
            "members": {
                "documentation": {"shape": "Text", "documentation": "<p>A member of this name</p>"},
                "name": {"shape": "Text"},
                "shape": {"shape": "Text", "location": "header", "documentation": "<p>Another</p>"},
                "type": {"shape": "Text", "documentation": "<p>A third</p>"},
            },
        },
        "Text": {"type": "string", "documentation": "<p>A text</p>"},
    },
    "clientContextParams": {"Deep": {"documentation": "<p>How deep</p>", "type": "boolean"}},
}


def test_models_have_no_documentation_but_all_else() -> None:
    """The texts are gone; members, even of the name `documentation`, are kept in order."""
    read = service_models.read(json.dumps(MODEL).encode())
    assert "<p>" not in json.dumps(read)
    members = read["shapes"]["Tide"]["members"]
    assert list(members) == list(MODEL["shapes"]["Tide"]["members"])
    assert members["shape"] == {"shape": "Text", "location": "header"}
    for name in ("documentation", "name", "type"):
        assert members[name] == {"shape": "Text"}


def test_botocore_reads_such_models() -> None:
    model = ServiceModel(service_models.read(json.dumps(MODEL).encode()), "tides")
    watched = model.operation_model("Watch").input_shape
    assert watched
    assert {name: each.type_name for name, each in watched.members.items()} == dict.fromkeys(
        ("documentation", "name", "shape", "type"), "string"
    )
    assert watched.members["shape"].serialization == {"location": "header"}
    [parameter] = model.client_context_parameters
    assert (parameter.name, parameter.type, parameter.documentation) == ("Deep", "boolean", "")


def test_models_share_parts_that_only_name_a_shape() -> None:
    one, other = (service_models.read(json.dumps(MODEL).encode()) for _ in range(2))
    members = one["shapes"]["Tide"]["members"]
    assert members["name"] is members["type"] is other["shapes"]["Tide"]["members"]["name"]
    assert one["operations"]["Watch"]["input"] is not members["name"]


def test_other_files_are_read_unchanged() -> None:
    for content in ({"version": 1, "shape": 7, "documentation": ["a"]}, [{}, {"type": None}], "text"):
        assert service_models.read(json.dumps(content).encode()) == content
