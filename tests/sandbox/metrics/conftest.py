"""Queries of CloudWatch's metrics, and a function that is measured."""

import io
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.eventually import DEADLINE_SECONDS, eventually
from tests.sandbox.waiting import wait_until_active

APP = """
import json, time

def handler(event, context):
    if "print" in event:
        print(json.dumps(event["print"]))
    time.sleep(event.get("sleep", 0))
    if event.get("fail"):
        raise RuntimeError("as told")
    return event
"""


@dataclass(frozen=True)
class Metrics:
    """The metrics of a namespace with given dimensions.

    Attributes:
        began: The time when the test began, as the timestamp of values that must be in the same minute.
    """

    cloudwatch: Any
    namespace: str
    dimensions: dict[str, str]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def of(self, **dimensions: str) -> "Metrics":
        """Return the namespace's metrics with other dimensions."""
        return replace(self, dimensions=dimensions)

    def values(self, name: str, stat: str, *, period: int = 60, unit: str | None = None) -> list[float]:
        """Return a statistic for each period of the last ten minutes, the newest first."""
        now = datetime.now(UTC)
        metric = {"Namespace": self.namespace, "MetricName": name, "Dimensions": self._named()}
        asked = {"Metric": metric, "Period": period, "Stat": stat, **({"Unit": unit} if unit else {})}
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "asked", "MetricStat": asked}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
        )
        return list(answer["MetricDataResults"][0]["Values"])

    def total(self, name: str, stat: str = "Sum", *, unit: str | None = None) -> float | None:
        """Return a statistic of the last ten minutes as a whole; None if there is no value."""
        values = self.values(name, stat, period=900, unit=unit)
        return values[0] if values else None

    def expect(self, within: float = DEADLINE_SECONDS, **totals: float) -> None:
        """Wait until the metrics have these sums."""

        def found() -> bool:
            return {name: self.total(name) for name in totals} == totals

        eventually(found, within, what=f"{totals}", every=0.2)

    def level(self, name: str) -> float | None:
        """Return the newest maximum, or None if there is no value."""
        values = self.values(name, "Maximum")
        return values[0] if values else None

    def _named(self) -> list[dict[str, str]]:
        return [{"Name": name, "Value": value} for name, value in self.dimensions.items()]


@pytest.fixture
def name() -> str:
    """Return a unique name."""
    return f"measured-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def metrics(client: Callable[[str], Any], name: str) -> Metrics:
    """Provide the metrics of a namespace that only this test uses."""
    return Metrics(client("cloudwatch"), name, {})


@pytest.fixture(scope="session")
def role(client: Callable[[str], Any]) -> str:
    """Create a role without permissions, which AWS's own metrics do not need."""
    made = client("iam").create_role(
        RoleName=f"measured-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument="{}"
    )
    return str(made["Role"]["Arn"])


@pytest.fixture
def function(client: Callable[[str], Any], role: str, name: str) -> Iterator[str]:
    """Make a function that behaves as its event requests."""
    functions = client("lambda")
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("app.py", APP)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Timeout=20,
        Code={"ZipFile": artifact.getvalue()},
    )
    wait_until_active(functions, name)
    yield name
    functions.delete_function(FunctionName=name)
