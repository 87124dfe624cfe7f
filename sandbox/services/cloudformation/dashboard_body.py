"""What PutDashboard refuses, and what it only warns of.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
Checked are a dashboard's form, the place of its widgets, and the metrics and expressions of metric widgets;
the properties of other widgets are not. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

MOST_WIDGETS = 500
COLUMNS = 24
MOST_HEIGHT = 1000
MOST_METRICS = 500
MOST_DIMENSIONS = 30

TYPES = ("metric", "text", "log", "alarm", "explorer", "custom", "chart")
VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_PROPERTIES = {"metrics", "annotations"}
_PERIODS = (1, 5, 10, 20, 30)
_ID = re.compile(r"[a-z]\w*", re.ASCII)


class Message(NamedTuple):
    """What is wrong, and where: `/widgets/0/properties/metrics/1`."""

    data_path: str
    message: str


class InvalidBody(Exception):
    """A body that is refused."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        listed = [{"dataPath": each.data_path, "message": each.message} for each in messages]
        said = f"The dashboard body is invalid, there are {len(messages)} validation errors:"
        super().__init__(f"{said}\n{json.dumps(listed, indent=2)}")


def check(body: str) -> None:
    """Raises InvalidBody."""
    try:
        dashboard = json.loads(body)
    except ValueError:
        dashboard = None
    if not isinstance(dashboard, dict):
        raise InvalidBody([Message("", "The field DashboardBody must be a valid JSON object")])
    if found := list(_in_dashboard(dashboard)):
        raise InvalidBody(found)


def _in_dashboard(dashboard: Mapping[str, Any]) -> Iterator[Message]:
    widgets = dashboard.get("widgets")
    if widgets is None:
        yield _missing("", "widgets")
    elif not isinstance(widgets, list):
        yield Message("/widgets", "Should be array")
    elif len(widgets) > MOST_WIDGETS:
        yield Message("/widgets", f"Should NOT have more than {MOST_WIDGETS} items")
    else:
        for index, widget in enumerate(widgets):
            yield from _in_widget(f"/widgets/{index}", widget)
    if dashboard.get("periodOverride", "auto") not in ("auto", "inherit"):
        yield _not_one_of("/periodOverride", ("auto", "inherit"))


def _in_widget(path: str, widget: Any) -> Iterator[Message]:
    if not isinstance(widget, dict):
        yield Message(path, "Should be object")
        return
    if "type" not in widget:
        yield _missing(path, "type")
    elif widget["type"] not in TYPES:
        yield _not_one_of(f"{path}/type", TYPES)
    for name, least, most in (("width", 1, COLUMNS), ("height", 1, MOST_HEIGHT), ("x", 0, COLUMNS - 1)):
        value = widget.get(name, least)
        if not _is_whole(value) or not least <= value <= most:
            yield Message(f"{path}/{name}", f"Should be integer, from {least} to {most}")
    properties = widget.get("properties")
    if not isinstance(properties, dict):
        yield _missing(path, "properties")
    elif widget.get("type") == "metric":
        yield from _in_metric_widget(f"{path}/properties", properties)
    elif widget.get("type") == "text" and not isinstance(properties.get("markdown"), str):
        yield _missing(f"{path}/properties", "markdown")


def _in_metric_widget(path: str, properties: Mapping[str, Any]) -> Iterator[Message]:
    if not _PROPERTIES & properties.keys():
        yield _missing(path, "metrics")
    if not isinstance(properties.get("region"), str):
        yield _missing(path, "region")
    if properties.get("view", VIEWS[0]) not in VIEWS:
        yield _not_one_of(f"{path}/view", VIEWS)
    yield from _in_period(path, properties)
    metrics = properties.get("metrics", [])
    if not isinstance(metrics, list):
        yield Message(f"{path}/metrics", "Should be array")
        return
    if len(metrics) > MOST_METRICS:
        yield Message(f"{path}/metrics", f"Should NOT have more than {MOST_METRICS} items")
    ids: set[str] = set()
    for index, metric in enumerate(metrics):
        yield from _in_metric(f"{path}/metrics/{index}", metric, ids)


def _in_metric(path: str, metric: Any, ids: set[str]) -> Iterator[Message]:
    """`[namespace, name, dimension, value, ..., {options}]`, or `[{expression, ...}]`."""
    if not isinstance(metric, list) or not metric:
        yield Message(path, "Should be array, and have at least 1 item")
        return
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    names = metric[: len(metric) - 1] if options or metric[-1] == {} else metric
    for index, each in enumerate(names):
        if not isinstance(each, str):
            yield Message(f"{path}/{index}", 'Invalid metric field type, only "String" type is allowed')
    if "expression" in options:
        if names:
            yield Message(path, "Should NOT have more than 1 items")
    elif len(names) < 2 or len(names) % 2:
        yield Message(path, "Should have a namespace, a name, and dimensions each with its value")
    elif len(names) > 2 + 2 * MOST_DIMENSIONS:
        yield Message(path, f"Should NOT have more than {2 + 2 * MOST_DIMENSIONS} items")
    yield from _in_period(f"{path}/{len(metric) - 1}", options)
    if (id := options.get("id")) is not None:
        if not isinstance(id, str) or not _ID.fullmatch(id):
            yield Message(f"{path}/{len(metric) - 1}/id", f'Should match pattern "{_ID.pattern}"')
        elif id in ids:
            yield Message(f"{path}/{len(metric) - 1}/id", "Should be unique")
        ids.add(str(id))


def _in_period(path: str, properties: Mapping[str, Any]) -> Iterator[Message]:
    period = properties.get("period", 60)
    if not _is_whole(period) or not (period in _PERIODS or (period > 0 and period % 60 == 0)):
        yield Message(f"{path}/period", "Should be 1, 5, 10, 20, 30 or a multiple of 60")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _missing(path: str, name: str) -> Message:
    return Message(path, f"Should have required property '{name}'")


def _not_one_of(path: str, values: Iterable[str]) -> Message:
    return Message(path, f"Should be equal to one of the allowed values: {', '.join(values)}")
