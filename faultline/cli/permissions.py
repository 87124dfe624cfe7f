"""`faultline permissions`: what each function may do, on what, and where it is used."""

from collections.abc import Iterable

from faultline.cli.display import print_json
from faultline.cli.options import Json, Stage
from infra.stack.permission_table import Permission, permission_table
from infra.stack.roles import Caller
from infra.stages import DEFAULT_STAGE, stage

_HEAD = """\
# What each function may do

Made by `faultline permissions --stage test`; a test keeps it so. The other stages have the same, but for the
SSM parameter, which `staging` and `prod` have not.

A role belongs to one function, and allows this and nothing else. The end-to-end tests record what each
function is allowed, on what, and which of its modules (`lambdas/...`) asked for it, and compare: what is used
must be here, and what is here must be used. What AWS does for a function, with its role, the function does
not ask for: the page that is linked says that AWS needs it.

Most permissions hold for the function's own requests alone (`lambda:SourceFunctionArn`): given to another
function, the role is of no use. A stage's own data key is named by no role; whoever may use the table or the
queues uses it through them."""

_COLUMNS = ("| action | resource | condition | used by |", "| --- | --- | --- | --- |")


def permissions(stage_name: Stage = DEFAULT_STAGE, as_json: Json = False) -> None:
    """Print what each function may do, on what, under which conditions, and where it is used: as Markdown."""
    rows = permission_table(stage(stage_name))
    if as_json:
        print_json([_described(row) for row in rows])
    else:
        print(markdown(rows))


def markdown(rows: Iterable[Permission]) -> str:
    """The page `docs/permissions.md`."""
    lines, function = [_HEAD], ""
    notes: dict[str, None] = {}
    for row in rows:
        if row.function != function:
            function = row.function
            lines += [f"## {function}", "", *_COLUMNS]
        conditions = "; ".join(
            f"`{key}` {operator} `{value}`"
            for operator, keys in row.conditions.items()
            for key, value in keys.items()
            if key != "lambda:SourceFunctionArn"
        )
        own = "own requests" if "lambda:SourceFunctionArn" in row.conditions.get("ArnEquals", {}) else ""
        condition = "; ".join(filter(None, (own, conditions)))
        if row.why:
            notes[f"`{row.action.partition(':')[0]}` on `*`: {row.why}"] = None
        lines.append(f"| `{row.action}` | `{row.resource}` | {condition} | {_used(row)} |")
    return "\n".join([*lines, "", "## Why `*`", "", *(f"- {note}" for note in notes)])


def _used(row: Permission) -> str:
    if isinstance(row.used, Caller):
        return f"[{row.used.name}]({row.used.source})"
    return ", ".join(f"`{module}`" for module in row.used)


def _described(row: Permission) -> dict[str, object]:
    used = [row.used.name] if isinstance(row.used, Caller) else [f"lambdas.{name}" for name in row.used]
    return {
        "function": row.function,
        "action": row.action,
        "resource": row.resource,
        "conditions": row.conditions,
        "usedBy": used,
    }
