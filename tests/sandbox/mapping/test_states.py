"""States of a mapping, and changes of its queue and its function."""

from collections.abc import Callable

from tests.eventually import eventually
from tests.sandbox.mapping.mapped import Mapped


def test_disabling_drains(mapped: Callable[..., Mapped]) -> None:
    """When a mapping is disabled, its invocation finishes and is acknowledged, and no other one starts."""
    one = mapped().make()
    eventually(lambda: one.state == "Enabled")
    one.send(group="runs", sleep=4)
    one.wait(started=1)
    one.enable(False)
    assert one.state == "Disabling"
    one.send(group="waits")
    eventually(lambda: one.state == "Disabled")
    assert one.counts == (1, 0)
    [invocation] = one.invocations()
    assert invocation.ended
    one.enable()
    eventually(lambda: one.state == "Enabled")
    one.wait(ended=2)
    one.wait_until_empty()


def test_update_takes_effect(mapped: Callable[..., Mapped]) -> None:
    """An update applies to messages received afterwards, even while an earlier invocation still runs."""
    one = mapped(mapping_settings={"BatchSize": 1}).make()
    one.send(group="runs", sleep=8)
    one.wait(started=1)
    one.functions.update_event_source_mapping(UUID=one.mapping, BatchSize=10)
    eventually(lambda: one.state == "Enabled")
    one.send(group="other")
    first, second = one.wait(started=2)
    assert second.groups == {"other"}
    one.wait_until_empty()
    assert first.ended is None
    [listed] = one.functions.list_event_source_mappings(FunctionName=one.name)["EventSourceMappings"]
    assert (listed["State"], listed["BatchSize"]) == ("Enabled", 10)


def test_deleted_and_made_again(mapped: Callable[..., Mapped]) -> None:
    """An enabled or a disabled mapping can be deleted, and later messages wait for the next mapping."""
    one = mapped().make()
    for enabled in (True, False):
        one.enable(enabled)
        eventually(lambda state=("Enabled" if enabled else "Disabled"): one.state == state)  # type: ignore[misc]
        one.functions.delete_event_source_mapping(UUID=one.mapping)
        eventually(
            lambda: not one.functions.list_event_source_mappings(FunctionName=one.name)["EventSourceMappings"]
        )
        one.send(group=str(enabled))
        assert one.counts[0] == 1
        one.make_mapping()
        one.wait_until_empty()


def test_queue_made_again(mapped: Callable[..., Mapped]) -> None:
    """A mapping continues with a queue that replaces its deleted queue."""
    one = mapped().make()
    one.sqs.delete_queue(QueueUrl=one.queue)
    one.make_queue()
    one.send()
    one.wait(ended=1)
    one.wait_until_empty()


def test_function_made_again(mapped: Callable[..., Mapped]) -> None:
    """A mapping receives nothing while its function does not exist, and continues with a new one."""
    one = mapped().make()
    one.functions.delete_function(FunctionName=one.name)

    def is_gone() -> bool:
        return all(each["FunctionName"] != one.name for each in one.functions.list_functions()["Functions"])

    eventually(is_gone)
    one.send()
    assert one.counts == (1, 0)
    one.make_function()
    [invocation] = one.wait(ended=1)
    assert invocation.receive_counts() == [1]
    one.wait_until_empty()
