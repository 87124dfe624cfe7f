"""Faster URLs, models and event names, with the original results."""

import gzip
import json
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from localstack.aws import spec
from werkzeug.routing import Map, Rule
from werkzeug.routing.exceptions import BuildError

from sandbox.common import event_names
from sandbox.speed.loading import (
    compile_when_asked,
    patch_what_changes,
    read_files_once,
    read_into_dicts,
)

PATCHED = ("s3/2006-03-01/service-2", "apigateway/2015-07-09/service-2")
EVENTS = ("before-call.sqs.SendMessage", "before-call.apigateway.GetExport", "creating-client-class.iot-data")


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> Map:
    monkeypatch.setattr(Rule, "_compile_builder", Rule._compile_builder)
    compile_when_asked()
    return Map([Rule("/tasks/<id>", endpoint="task"), Rule("/tasks", endpoint="tasks", methods=["GET"])])


def test_urls_are_made(routes: Map) -> None:
    """Values that are not in the route become the query; a missing one is an error."""
    urls = routes.bind("a.example")
    for _ in range(2):
        assert urls.build("task", {"id": "a b"}) == "/tasks/a%20b"
        assert urls.build("tasks", {"limit": 5}) == "/tasks?limit=5"
    with pytest.raises(BuildError):
        urls.build("task", {})


def test_a_rule_is_used_in_another_map(routes: Map) -> None:
    """Rules can be copied into another map, as LocalStack's router does with each added rule."""
    copies = Map([rule.empty() for rule in routes.iter_rules()])
    assert copies.bind("a.example").match("/tasks/1") == ("task", {"id": "1"})
    assert copies.bind("a.example").build("task", {"id": 1}) == "/tasks/1"


def test_models_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compressed and plain models are read, with members in order; a missing file is reported."""
    monkeypatch.setattr(JSONFileLoader, "_load_file", vars(JSONFileLoader)["_load_file"])
    read_into_dicts()
    folder = tmp_path / "tides" / "2026-01-31"
    folder.mkdir(parents=True)
    text = json.dumps({"name": "é", "operations": {"Z": {}, "A": {}}}, ensure_ascii=False)
    (folder / "service-2.json.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "paginators-1.json").write_text('{"pagination": {}}')
    loader = Loader(extra_search_paths=[str(tmp_path)])
    found = loader.load_service_model("tides", "service-2")
    assert found["name"] == "é"
    assert list(found["operations"]) == ["Z", "A"]
    assert loader.load_service_model("tides", "paginators-1") == {"pagination": {}}
    with pytest.raises(DataNotFoundError):
        loader.load_data("tides/2026-01-31/waiters-2")


def test_loaders_share_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Loaders share models, unless one has extras that change a file's model."""
    monkeypatch.setattr(Loader, "load_data_with_path", Loader.load_data_with_path)
    read_files_once()

    class Another(Loader):
        BUILTIN_EXTRAS_TYPES = ["another"]  # noqa: RUF012 # as botocore has it

    for service in ("tides", "winds"):
        folder = tmp_path / service / "2026-01-31"
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text('{"name": "plain"}')
    (folder / "service-2.another-extras.json").write_text('{"merge": {"name": "merged"}}')

    def models(service: str) -> list[Any]:
        loaders = [kind(extra_search_paths=[str(tmp_path)]) for kind in (Loader, Another, Loader, Another)]
        return [loader.load_service_model(service, "service-2") for loader in loaders]

    one, *others = models("tides")
    assert one == {"name": "plain"}
    assert all(each is one for each in others)
    one, other, same, same_other = models("winds")
    assert (one, other) == ({"name": "plain"}, {"name": "merged"})
    assert one is same
    assert other is same_other


def test_patched_models_share_what_is_not_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch changes neither the original nor equal parts, and the rest is the original's."""
    monkeypatch.setattr(spec, "jsonpatch", spec.jsonpatch)
    patch_what_changes()
    reference = {"shape": "Text"}
    model: dict[str, Any] = {
        "shapes": {"Tide": {"members": {"a": reference, "b": reference}}, "Wind": {"enum": ["N"]}, "Sea": {}},
        "operations": {"Watch": {}},
    }
    before = deepcopy(model)

    patched = spec.jsonpatch.apply_patch(
        model,
        [
            {"op": "replace", "path": "/shapes/Tide/members/a/shape", "value": "Number"},
            {"op": "remove", "path": "/shapes/Tide/members/b"},
            {"op": "add", "path": "/shapes/Wind/enum/1", "value": "E"},
            {"op": "add", "path": "/shapes/New", "value": {"members": {}}},
            {"op": "add", "path": "/shapes/New/members/c", "value": {"shape": "Text"}},
        ],
    )

    assert patched["shapes"] == {
        "Tide": {"members": {"a": {"shape": "Number"}}},
        "Wind": {"enum": ["N", "E"]},
        "Sea": {},
        "New": {"members": {"c": {"shape": "Text"}}},
    }
    assert model == before
    assert patched["operations"] is model["operations"]
    assert patched["shapes"]["Sea"] is model["shapes"]["Sea"]


def test_localstacks_patches_have_their_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    """LocalStack's own patches have the same result as with complete copies."""
    with_copies = {name: spec.CustomLoader(spec.load_spec_patches()).load_data(name) for name in PATCHED}
    monkeypatch.setattr(spec, "jsonpatch", spec.jsonpatch)
    patch_what_changes()
    for name in PATCHED:
        assert spec.CustomLoader(spec.load_spec_patches()).load_data(name) == with_copies[name]


def test_events_are_renamed_as_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Event names are renamed as before, and emitters without their own aliases share a cache."""
    monkeypatch.setattr(EventAliaser, "__init__", EventAliaser.__init__)
    expected = {name: EventAliaser(None)._alias_event_name(name) for name in EVENTS}
    event_names.share()
    first = EventAliaser(None)
    assert {name: first._alias_event_name(name) for name in EVENTS} == expected
    assert expected.items() <= copy(first)._alias_name_cache.items()
    assert (
        EventAliaser(None, {"sqs": "tides"})._alias_event_name(EVENTS[0]) == "before-call.tides.SendMessage"
    )
