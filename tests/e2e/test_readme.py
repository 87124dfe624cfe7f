"""The README's lines work as pasted."""

import json
import os
import re
import subprocess
from pathlib import Path

from tests.e2e.stack import Stack

README = Path(__file__).parents[2] / "README.md"


def test_the_curl_lines_work_as_pasted(stack: Stack) -> None:
    """Each curl of the README is answered by the API with JSON that is no problem."""
    blocks = re.findall(r"```sh\n(API=.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(blocks) == 1
    script = blocks[0].replace(
        "http://127.0.0.1:4566/_aws/execute-api/faultline-dev/dev", stack.outputs.api_url
    )
    assert stack.outputs.api_url in script
    # A line's end between the answers; and an answer that is an error fails its curl.
    curl = r"curl --silent --fail-with-body --write-out '\n'"
    # The README's is a stage that wants no key; this one wants it.
    script = script.replace("curl -s", curl + ' -H @<(echo "X-Api-Key: $FAULTLINE_API_KEY")')
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={name: os.environ[name] for name in ("PATH", "FAULTLINE_API_KEY")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    assert len(answers) == script.count("curl --silent") == 6
    assert answers[0]["taskId"] == "first"
    assert stack.ended("stubborn")["attempts"] == 3
