"""Selection of the tasks that match a filter, in the order of submission."""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING

from lambdas.domain.task import Task
from lambdas.store.batch_reading import MAX_ITEMS, read_items
from lambdas.store.item import SUMMARY_ATTRIBUTES, position, to_task
from lambdas.store.list_sources import Candidate, candidates, sources
from lambdas.store.task_filter import TaskFilter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Selection:
    """Finds the tasks that match a filter.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, if the table rejects the
    request or is unavailable.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def walk(self, wanted: TaskFilter, after: str | None, page_size: int) -> Iterator[Candidate]:
        """Yield the candidates for a filter in the order of submission, including some that do not match.

        An index is eventually consistent, so callers must read a task before they change it.

        Args:
            wanted: Filter, which must not select tasks that have succeeded.
            after: Yield only places after this one; None for no limit.
            page_size: Number of entries to read from a shard in one call. The next walk rereads entries that
                were read but not visited.
        """
        if wanted.task_ids is not None:
            yield from self._named(wanted, wanted.task_ids, after)
            return
        found = candidates(
            self._client, self._table_name, wanted, after=after, newest_first=False, page_size=page_size
        )
        if self.is_by_index(wanted):
            yield from found
            return
        for batch in batched(found, MAX_ITEMS, strict=False):
            tasks = {task.task_id: task for task in self.summaries([each.task_id for each in batch])}
            for each in batch:
                task = tasks.get(each.task_id)
                yield each._replace(may_match=task is not None and wanted.matches(task))

    def is_by_index(self, wanted: TaskFilter) -> bool:
        """Return whether the index alone can decide which tasks match, so that no tasks need to be read."""
        return wanted.task_ids is None and all(
            "status" in source.index.includes for source in sources(wanted)
        )

    def summaries(self, task_ids: Sequence[str]) -> list[Task]:
        """Read up to MAX_ITEMS tasks without payloads, results and histories, in no particular order."""
        ids = list(dict.fromkeys(task_ids))
        return [*map(to_task, read_items(self._client, self._table_name, ids, SUMMARY_ATTRIBUTES))]

    def _named(self, wanted: TaskFilter, task_ids: Sequence[str], after: str | None) -> Iterator[Candidate]:
        for task in sorted(self.summaries(task_ids), key=position):
            if after is None or position(task) > after:
                yield Candidate(position(task), task.task_id, wanted.matches(task))
