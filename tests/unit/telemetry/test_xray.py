"""The import of X-Ray's SDK outside Lambda."""

import os
from pathlib import Path

import pytest

from tests.unit.programs import Programs


@pytest.mark.parametrize("settings", [{"AWS_PROFILE": "missing"}, {"AWS_CONFIG_FILE": "broken"}])
def test_outside_lambda_the_users_aws_settings_do_not_matter(
    programs: Programs, tmp_path: Path, settings: dict[str, str]
) -> None:
    """The SDK can be imported with a broken profile or file, and the environment stays as it was."""
    (tmp_path / "broken").write_text("default]")
    program = """
import os
before = dict(os.environ)
from lambdas.telemetry.tracing import tracer
assert dict(os.environ) == before
print(tracer.disabled)
"""
    done = programs.run(program, {"PATH": os.environ["PATH"], **settings}, tmp_path)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
