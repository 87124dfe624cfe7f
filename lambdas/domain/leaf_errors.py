"""The errors in an exception group, such as that of an `asyncio.TaskGroup`."""


def leaf_errors(error: BaseException) -> list[BaseException]:
    """Return the errors in a group and in the groups within it, in order; for any other error, itself."""
    found, stack = list[BaseException](), [error]
    while stack:
        each = stack.pop()
        if isinstance(each, BaseExceptionGroup):
            stack += reversed(each.exceptions)
        else:
            found.append(each)
    return found
