"""The queries of GetMetricData and alarms: statistics of metrics, and expressions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.services.cloudwatch.metric_math.evaluation import Scope, evaluate
from sandbox.services.cloudwatch.metric_math.values import InvalidExpression, Series, Value

MAX_STEPS = 50
"""Maximum depth of references between expressions."""

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")

Read = Callable[[Mapping[str, Any]], Series]
"""Returns the series of a query's MetricStat."""


class InvalidQuery(Exception):
    """A query cannot be answered. The message is one line, like CloudWatch's ValidationError."""


class Queries:
    """The queries of a request, each of which is computed at most once."""

    def __init__(self, queries: Iterable[Mapping[str, Any]], read: Read, times: range) -> None:
        """Check the queries.

        Raises:
            InvalidQuery: An id is missing, invalid or not unique, or a query does not have exactly one of
                MetricStat and Expression.
        """
        self._by_id: dict[str, Mapping[str, Any]] = {}
        for query in queries:
            id = str(query.get("Id"))
            if not _ID.fullmatch(id):
                raise InvalidQuery(f"The value '{id}' for Id is not valid.")
            if id in self._by_id:
                raise InvalidQuery(f"The values for Id must be unique: '{id}' is not.")
            if ("Expression" in query) == ("MetricStat" in query):
                raise InvalidQuery(f"Either MetricStat or Expression must be given, and not both: '{id}'.")
            self._by_id[id] = query
        self._read = read
        self._times = times
        self._found: dict[str, Value] = {}
        self._asked: list[str] = []

    def value(self, id: str) -> Value:
        """Return the value of a query.

        Raises:
            InvalidQuery: The expression is invalid or refers to itself.
        """
        try:
            return self._value(id)
        except InvalidExpression as error:
            raise InvalidQuery(f"Error in expression '{id}': {error}") from error

    def series(self, id: str) -> Series:
        """Return a query's time series.

        Raises:
            InvalidQuery: The result is a number, or cannot be computed.
        """
        value = self.value(id)
        if isinstance(value, float):
            raise InvalidQuery(f"Error in expression '{id}': the result is a number, not a time series")
        return value

    def _value(self, id: str) -> Value:
        query = self._by_id.get(id)
        if query is None:
            raise InvalidExpression(f"there is no '{id}'")
        if id in self._asked:
            raise InvalidExpression(f"'{id}' depends on itself")
        if len(self._asked) == MAX_STEPS:
            raise InvalidExpression(f"more than {MAX_STEPS} expressions depend on one another")
        if id not in self._found:
            self._asked.append(id)
            if "MetricStat" in query:
                self._found[id] = self._read(query)
            else:
                self._found[id] = evaluate(str(query["Expression"]), self._scope())
            self._asked.pop()
        return self._found[id]

    def _scope(self) -> Scope:
        return Scope(resolve=self._value, metrics=self._metrics, times=self._times)

    def _metrics(self) -> list[Series]:
        found = [self._value(id) for id, query in self._by_id.items() if "MetricStat" in query]
        return [value for value in found if isinstance(value, Series)]
