"""AWS's own command line in the tests' process, where it needs a fifth of the time."""

from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest


def called(environment: Mapping[str, str], *words: str) -> str:
    """Run `aws` with additional variables and with arguments, and return what it prints."""
    from awscli.clidriver import create_clidriver  # takes long to import

    # Version 1 of the command sends SQS calls of us-east-1 to AWS in spite of AWS_ENDPOINT_URL
    # (awscli/customizations/overridesslcommonname.py), but honours the option.
    url = environment.get("AWS_ENDPOINT_URL")
    endpoint = ["--endpoint-url", url] if url else []
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        status = create_clidriver().main([*endpoint, *words])
    assert (status, err.getvalue()) == (0, ""), (words, err.getvalue())
    return out.getvalue()
