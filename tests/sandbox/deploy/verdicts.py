"""The sandbox's verdicts on calls, from a process in LocalStack's environment, because they use moto."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Protocol

from sandbox.process.launch import interpreter
from sandbox.services.iam.permissions.calls import Call, Need

_PROGRAM = """
import json, sys
from sandbox.services.iam.permissions.calls import Call, Need, needs
from sandbox.services.iam.permissions.role import Verdict, verdict
for line in sys.stdin:
    policies, asked, context = json.loads(line)
    policies, context = tuple(policies), tuple(map(tuple, context))
    needed = [Need(**asked)] if "action" in asked else needs(Call(**asked))
    verdicts = [verdict(policies, need, context) for need in needed]
    print(all(each is Verdict.ALLOWED for each in verdicts), flush=True)
"""


class Judge(Protocol):
    """A function that decides whether policies allow a call, or an action on a resource, in a context."""

    def __call__(
        self, policies: Sequence[str], asked: Call | Need, context: Sequence[tuple[str, str]], /
    ) -> bool: ...


@contextmanager
def judging() -> Iterator[Judge]:
    """Run the process that gives the verdicts; it ends with the block."""
    command = [str(interpreter()), "-c", _PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        questions, answers = process.stdin, process.stdout

        def allows(
            policies: Sequence[str], asked: Call | Need, context: Sequence[tuple[str, str]], /
        ) -> bool:
            question = asdict(asked) if isinstance(asked, Call) else asked._asdict()
            questions.write(json.dumps([policies, question, context], default=str) + "\n")
            questions.flush()
            return {"True": True, "False": False}[answers.readline().strip()]

        yield allows
        questions.close()
