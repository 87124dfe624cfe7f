"""`faultline verify`: check a deployed stage from outside."""

from dataclasses import asdict

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import out, print_json, say
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.stage_access import stage_access
from faultline.operations.verification.check import Result
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.verify import verify as run_checks
from infra.deploy.outputs import outputs
from sandbox.process.lifecycle import DEFAULT_PORT

_CHANGES = (
    "submit tasks, make four dead letters, which fires the alarm dead-letters, and set off another alarm as "
    "a test"
)


def verify(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Check in under two minutes that a deployed stage works as documented.

    This submits real tasks, and sets off one alarm as a test. Four dead letters are made, which notify the
    topic of alerts and fire the alarm `dead-letters`. Only ended tasks are left behind, which expire.
    """
    at = stage_access(stage_name, port, aws=aws, changes=_CHANGES, yes=yes)
    stage = Deployed(
        session=at.session,
        settings=at.settings,
        outputs=outputs(at.session, at.settings),
        api=at.api(),
        is_aws=at.is_aws,
    )
    found = run_checks(stage, told=(lambda _: None) if as_json else _show, notice=say)
    if as_json:
        print_json([_as_json(each) for each in found])
    if broken := [each for each in found if each.holds is False]:
        raise CommandFailed(f"{len(broken)} of {len(found)} checks failed")


def _show(result: Result) -> None:
    word = {True: "ok", False: "FAILED", None: "skipped"}[result.holds]
    out.print(
        f"{word:<8}{result.check.promise}{f': {result.reason}' if result.reason else ''}", soft_wrap=True
    )
    if result.holds is False:
        out.print(f"        To do: {result.check.advice}", soft_wrap=True)


def _as_json(result: Result) -> dict[str, object]:
    fields = asdict(result)
    return {
        "promise": result.check.promise,
        **{name: fields[name] for name in ("holds", "reason", "seconds")},
    }
