"""Conversion of dashboard widgets to metric queries.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
Search expressions, and metrics of other accounts and regions, are not supported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_STAT = "Average"


@dataclass(frozen=True, kw_only=True)
class Query:
    """A MetricDataQuery, with the label and the statistic of its line.

    The query of a hidden line returns no data, and only serves as an operand of others.
    """

    query: Mapping[str, Any]
    label: str
    stat: str

    @property
    def id(self) -> str:
        """Id of the query within its widget."""
        return str(self.query["Id"])


def queries(properties: Mapping[str, Any], period: int) -> list[Query]:
    """Return the queries of a metric widget, in periods of `period` seconds."""
    found = []
    for number, (names, options) in enumerate(_rows(properties.get("metrics") or [])):
        id = options.get("id") or f"line{number}"
        shown = options.get("visible") is not False
        if expression := options.get("expression"):
            found.append(
                Query(
                    query={"Id": id, "Expression": expression, "Period": period, "ReturnData": shown},
                    label=options.get("label") or expression,
                    stat="",
                )
            )
            continue
        namespace, name, *dimensions = names
        stat = options.get("stat") or properties.get("stat") or DEFAULT_STAT
        by = [
            {"Name": key, "Value": value}
            for key, value in zip(dimensions[::2], dimensions[1::2], strict=True)
        ]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": by}
        asked = {"Metric": metric, "Period": period, "Stat": stat}
        found.append(
            Query(
                query={"Id": id, "MetricStat": asked, "ReturnData": shown},
                label=options.get("label") or name,
                stat=stat,
            )
        )
    return found


def _rows(metrics: Iterable[list[Any]]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """Yield the names and options of each metric.

    In a row, `.` repeats the name at the same position of the previous row, and `...` repeats all names up to
    the next given one.
    """
    before: list[str] = []
    for row in metrics:
        options = row[-1] if isinstance(row[-1], Mapping) else {}
        given = [each for each in row if isinstance(each, str)]
        names: list[str] = []
        for each in given:
            if each == "...":
                names += before[: len(before) - (len(given) - 1)]
            else:
                names.append(before[len(names)] if each == "." else each)
        before = names or before
        yield names, options
