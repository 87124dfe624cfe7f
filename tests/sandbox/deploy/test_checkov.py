"""checkov's findings in the stages' templates, each accepted for a reason."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from infra.stages import STAGES
from tests.sandbox.deploy.stages_template import merged, templates

CHECKOV = Path(__file__).parents[3] / ".checkov-venv/bin/python"
# The command `checkov` also imports its checks of other formats, and reports the lines of each resource.
SCRIPT = """
import json, sys
from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter
report = Runner().run(sys.argv[1], runner_filter=RunnerFilter(framework=["cloudformation"]))
failed = [(each.check_id, each.resource) for each in report.failed_checks]
print(json.dumps({"failed": failed, "summary": report.get_summary()}))
"""
FUNCTIONS = {"ManageTasks", "MonitorDlq", "ProcessTask", "ReleaseTasks", "SubmitTask"}


class Kept(NamedTuple):
    """An accepted finding.

    Attributes:
        resources: Logical names; those of functions lack the suffix `Function`.
        stages: The stages with the finding.
        reason: Why it is accepted.
    """

    resources: set[str]
    stages: set[str]
    reason: str


KEPT = {
    "CKV_AWS_18": [
        Kept({"TaskBucket"}, set(STAGES), "A log of requests needs a bucket of its own; CloudTrail has them")
    ],
    "CKV_AWS_21": [
        Kept({"TaskBucket"}, set(STAGES), "Objects are named by their content, and never overwritten")
    ],
    "CKV_AWS_27": [
        Kept({"TaskQueue", "TaskDlq"}, {"dev"}, "dev has no key of its own, which would cost $1 a month")
    ],
    "CKV_AWS_28": [
        Kept({"CircuitTable"}, set(STAGES), "A circuit lasts for minutes and is learnt anew by failures"),
        Kept({"TaskTable"}, {"dev"}, "dev keeps no data: its table goes with the stack"),
    ],
    "CKV_AWS_33": [
        Kept(
            {"DataKey"},
            set(STAGES),
            "The wildcard is limited by kms:CallerAccount and kms:ViaService to this account's services",
        )
    ],
    "CKV_AWS_115": [
        Kept(FUNCTIONS, set(STAGES), "Mappings limit concurrency; a reserve would take it from the account")
    ],
    "CKV_AWS_116": [
        Kept(FUNCTIONS, set(STAGES), "None is invoked asynchronously but by a schedule, which comes again")
    ],
    "CKV_AWS_117": [
        Kept(FUNCTIONS, set(STAGES), "A VPC needs endpoints or a NAT gateway; docs/deployment.md says how")
    ],
    "CKV_AWS_119": [Kept({"TaskTable", "CircuitTable"}, {"dev"}, "dev has no key: AWS's own encrypts it")],
    "CKV_AWS_120": [Kept({"ApiStage"}, set(STAGES), "A cached task would be an old one; a cache costs $14")],
    "CKV_AWS_158": [Kept({"Logs", "ApiAccessLogs"}, {"dev"}, "dev has no key: AWS's own encrypts them")],
    "CKV_AWS_173": [
        Kept(
            FUNCTIONS, set(STAGES), "The variables hold names and numbers, and Lambda's own key encrypts them"
        )
    ],
}


def test_checkov_finds_what_is_kept_and_nothing_else(tmp_path: Path) -> None:
    """checkov reports exactly the accepted findings; an entry without a finding fails the test as well."""
    assert CHECKOV.exists(), "to install checkov: scripts/setup checks"
    body, origins = merged(_without_pseudo_parameters(templates(STAGES)))
    for resource in body["Resources"].values():
        # As text, since no check of templates reads the API's document, and checkov would list each of its
        # fields anew for each reference in the template.
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            resource["Properties"]["Body"] = json.dumps(resource["Properties"]["Body"])
    (tmp_path / "stages.json").write_text(json.dumps(body))
    done = subprocess.run(
        [CHECKOV, "-c", SCRIPT, tmp_path],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=False,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
    found = {
        (check, name, origin.resource.removesuffix("Function"))
        for check, resource in report["failed"]
        for origin in [origins[resource.rpartition(".")[2]]]
        for name in origin.stages
    }
    kept = {
        (check, name, resource)
        for check, entries in KEPT.items()
        for each in entries
        for name in each.stages
        for resource in each.resources
    }
    assert found - kept == set(), "new findings"
    assert kept - found == set(), "no longer found"


def _without_pseudo_parameters(part: Any) -> Any:
    """Replace each `Fn::Sub` that has only pseudo parameters with its text.

    checkov does the same, but builds a parser's tables for each, which takes most of its time.
    """
    if isinstance(part, list):
        return [_without_pseudo_parameters(each) for each in part]
    if not isinstance(part, dict):
        return part
    text = part.get("Fn::Sub")
    if isinstance(text, str) and all(name.startswith("AWS::") for name in re.findall(r"\$\{(.+?)\}", text)):
        return text
    return {key: _without_pseudo_parameters(value) for key, value in part.items()}
