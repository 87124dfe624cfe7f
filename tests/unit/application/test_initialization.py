"""Work that handlers do while an execution environment starts."""

import json
from pathlib import Path

import pytest

from infra.stack.functions import FUNCTIONS
from tests.unit.http.conftest import ENVIRONMENT
from tests.unit.programs import Programs

# Fails at the first connection. Prints the number of objects made, and the rarely used modules imported.
PROGRAM = f"""
import importlib, json, socket, sys

def refuse(*_):
    raise SystemExit("a connection was made")

socket.socket.connect = refuse
made = {{}}
for name in {FUNCTIONS!r}:
    importlib.import_module(f"lambdas.{{name}}.handler")
    own = [module for path, module in [*sys.modules.items()] if path.startswith(f"lambdas.{{name}}.")]
    every = [(module, each) for module in own for each in vars(module).values()]
    cached = [(module, each) for module, each in every if hasattr(each, "cache_info")]
    made[name] = [each.cache_info().currsize for module, each in cached if each.__module__ == module.__name__]
print(json.dumps([made, "jsonpath_ng" in sys.modules]))
"""
OF_FUNCTIONS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "TASK_RETENTION_DAYS": "30",
    "CIRCUIT_TABLE_NAME": "circuits",
    "CIRCUIT_RECOVERY_SECONDS": "5",
    "CIRCUIT_FAILURE_THRESHOLD": "3",
    "FAILURE_RATE_PARAMETER": "",
    "CALLBACK_SECRET_PARAMETER": "/secret",
    "MAX_RECEIVE_COUNT": "3",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
    "CRITICAL_CATEGORIES": "SYSTEM",
}


# Stands for the module of Lambda's runtime, and restores a snapshot twice.
RESTORED = """
import random, sys, types

hooks = []
module = types.ModuleType("snapshot_restore_py")
module.register_after_restore = hooks.append
sys.modules["snapshot_restore_py"] = module
import lambdas.process_task.handler

snapshot = random.getstate()
drawn = []
for _ in range(2):
    random.setstate(snapshot)
    for hook in hooks:
        hook()
    drawn.append(random.random())
assert drawn[0] != drawn[1], drawn
"""


# The project's module, and a handler of it that logs a secret after the start.
BILLING = """
import logging, sys

lines = logging.getLogger("billing")
lines.addHandler(logging.StreamHandler())
lines.addHandler(logging.StreamHandler(sys.stdout))
"""
BILLED = """
import lambdas.process_task.handler
from billing import lines
from lambdas.domain.hidden_texts import hide

hide("hunter2hunter2")
lines.propagate = False
lines.warning("key hunter2hunter2")
"""


def test_handlers_that_work_creates_while_imported_mask_secrets(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "billing.py").write_text(BILLING)
    of_project = {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "KINDS_PACKAGE": "billing"}
    code = f"import sys; sys.path.append({str(tmp_path)!r})\n{BILLED}"
    done = programs.run(code, ENVIRONMENT | OF_FUNCTIONS | of_project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "key *****\n", "key *****\n")


def test_environments_of_one_snapshot_draw_different_numbers(programs: Programs) -> None:
    """After each restore of a snapshot, random numbers begin anew."""
    snap_start = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    done = programs.run(RESTORED, ENVIRONMENT | OF_FUNCTIONS | snap_start)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("where", "times"), [({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}, 1), ({}, 0)])
def test_clients_are_made_at_the_start_of_an_environment(
    programs: Programs, where: dict[str, str], times: int
) -> None:
    """On Lambda, importing a handler makes its clients without connecting; elsewhere it makes none."""
    done = programs.run(PROGRAM, ENVIRONMENT | OF_FUNCTIONS | where)
    assert done.returncode == 0, done.stderr
    made, rare = json.loads(done.stdout)
    assert made.keys() == set(FUNCTIONS)
    assert all(made.values())
    assert {size for sizes in made.values() for size in sizes} == {times}
    assert rare is False
