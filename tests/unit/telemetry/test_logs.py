"""The contents of log lines."""

import json
from io import StringIO

from aws_lambda_powertools import Logger

from lambdas.telemetry.logs import serialized


def refuse() -> None:
    raise ValueError("refused: https://a.example/?token=hunter2")


def test_an_exception_gives_nothing_private_away() -> None:
    """Private parts of an exception are masked in the text, the notes and the structured stack trace."""
    written = StringIO()
    logger = Logger(service="masking", stream=written, json_serializer=serialized)
    try:
        refuse()
    except ValueError as error:
        error.add_note("sent by ann@example.com")
        logger.exception("failed")
    line = json.loads(written.getvalue())
    assert "token=*****" in line["exception"]
    assert line["stack_trace"]["value"] == "refused: https://a.example/?token=*****"
    assert line["exception_notes"] == ["sent by *****"]
    assert "hunter2" not in written.getvalue()
