"""Extraction of metrics from log events in the embedded metric format."""

import json
import time
from typing import Any

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricResolution, MetricUnit

from sandbox.services.logs.embedded_metrics import (
    FUTURE_SECONDS,
    PAST_SECONDS,
    Extracted,
    Invalid,
    Malformed,
    extract,
)

NOW = 1_790_000_000.0


def event(**changes: Any) -> str:
    """Return an event with the metric Size and one set of dimensions, changed as given."""
    definition = {"Name": "Size", **changes.pop("Definition", {})}
    directive = {
        "Namespace": "Tests",
        "Dimensions": [["Service"]],
        "Metrics": [definition],
        **changes.pop("Directive", {}),
    }
    metadata = {
        "Timestamp": int(NOW * 1000),
        "CloudWatchMetrics": [directive],
        **changes.pop("Metadata", {}),
    }
    root = {"_aws": metadata, "Service": "tasks", "Size": 3, **changes}
    return json.dumps({name: value for name, value in root.items() if value is not ...})


def test_a_metric_with_defaults() -> None:
    """A metric without further settings has no unit and a resolution of a minute."""
    (found,) = extract(event(), NOW)
    expected = Extracted("Tests", "Size", (("Service", "tasks"),), (3,), NOW, "None", 60)
    assert found == expected


def test_every_metric_in_every_set_of_every_directive() -> None:
    """Each metric is extracted for each set of dimensions in each directive."""
    first = {
        "Namespace": "Tests",
        "Dimensions": [["Service"], ["Kind", "Service"], []],
        "Metrics": [{"Name": "Size"}, {"Name": "Age", "Unit": "Seconds", "StorageResolution": 1}],
    }
    second = {"Namespace": "Others", "Dimensions": [[]], "Metrics": [{"Name": "Size"}]}
    found = extract(event(Metadata={"CloudWatchMetrics": [first, second]}, Kind="echo", Age=[1, 2.5]), NOW)
    assert [(each.namespace, each.name, len(each.dimensions)) for each in found] == [
        ("Tests", "Size", 1),
        ("Tests", "Size", 2),
        ("Tests", "Size", 0),
        ("Tests", "Age", 1),
        ("Tests", "Age", 2),
        ("Tests", "Age", 0),
        ("Others", "Size", 0),
    ]
    assert (found[4].values, found[4].unit, found[4].resolution) == ((1, 2.5), "Seconds", 1)
    assert found[4].dimensions == (("Kind", "echo"), ("Service", "tasks"))


def test_unknown_members_do_no_harm() -> None:
    """Unknown members of any object are ignored."""
    more = {"More": {"nested": [1]}}
    assert extract(event(Metadata=more, Directive=more, Definition=more, **more), NOW)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "a line",
        "[]",
        "{}",
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1}}',
        '"_aws"',
        '{"_aws": {"CloudWatchMetrics": [',
        f"INFO {event()}",
        f"{event()} {event()}",
        event(Size=float("nan")),
    ],
)
def test_what_is_no_such_event(message: str) -> None:
    """Text, other JSON, several JSON values and invalid JSON have no metrics."""
    assert extract(message, NOW) == []


def test_space_around_it_is_no_data() -> None:
    """A line end after an event is ignored."""
    assert len(extract(event() + "\n", NOW)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"Metadata": {"Timestamp": None}},
        {"Metadata": {"Timestamp": "1790000000000"}},
        {"Metadata": {"CloudWatchMetrics": {}}},
        {"Directive": {"Namespace": ""}},
        {"Directive": {"Namespace": None}},
        {"Directive": {"Dimensions": []}},
        {"Directive": {"Dimensions": ["Service"]}},
        {"Directive": {"Dimensions": [[f"d{i}" for i in range(31)]]}},
        {"Directive": {"Metrics": [{"Name": "Size"}] * 101}},
        {"Directive": {"Metrics": [{}]}},
        {"Definition": {"Name": "x" * 256}},
    ],
)
def test_what_is_malformed(changes: dict[str, Any]) -> None:
    """An event with empty, mistyped or oversized members is malformed."""
    with pytest.raises(Malformed):
        extract(event(**changes), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"Size": "3"},
        {"Size": True},
        {"Size": None},
        {"Size": {"value": 3}},
        {"Size": [1, "2"]},
        {"Size": [[1]]},
        {"Size": list(range(101))},
        {"Size": 1e200},
        {"Size": ...},
        {"Service": ...},
        {"Service": 3},
        {"Service": ""},
        {"Service": "x" * 1025},
        {"Definition": {"Unit": "Apples"}},
        {"Definition": {"StorageResolution": 30}},
        {"Metadata": {"Timestamp": int((NOW - PAST_SECONDS - 1) * 1000)}},
        {"Metadata": {"Timestamp": int((NOW + FUTURE_SECONDS + 1) * 1000)}},
    ],
)
def test_what_is_invalid(changes: dict[str, Any]) -> None:
    """An event with an unusable value, dimension, unit, resolution or time is invalid."""
    with pytest.raises(Invalid):
        extract(event(**changes), NOW)


@pytest.mark.parametrize(
    "unit", ["None", "Count", "Count/Second", "Bytes", "Kilobytes", "Terabits/Second", "Percent"]
)
def test_units(unit: str) -> None:
    """The valid units are those of PutMetricData."""
    assert extract(event(Definition={"Unit": unit}), NOW)[0].unit == unit


def test_what_powertools_writes(capsys: pytest.CaptureFixture[str]) -> None:
    """Events that Powertools writes are parsed, with their times, dimensions and resolutions."""
    metrics = EphemeralMetrics(namespace="Tests", service="tasks")
    for value in (3, 4):
        metrics.add_metric(
            name="Size", unit=MetricUnit.Kilobytes, value=value, resolution=MetricResolution.High
        )
    metrics.add_dimension(name="Kind", value="echo")
    metrics.add_metadata(key="requestId", value="1")
    metrics.flush_metrics()
    (found,) = extract(capsys.readouterr().out, time.time())
    assert found._replace(at=0) == Extracted(
        "Tests", "Size", (("Kind", "echo"), ("service", "tasks")), (3, 4), 0, "Kilobytes", 1
    )
    assert found.at == pytest.approx(time.time(), abs=60)
