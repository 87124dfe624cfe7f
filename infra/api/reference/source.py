"""Parsing of the hand-written sections: prose, and operations with a description and examples."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from infra.errors import InvalidApi

_FOLDER = files("infra.api.reference") / "page"
_CALL = re.compile(r"### `(\w+)`\n+")
_EXAMPLE = re.compile(
    r"#### (?P<title>[^\n]+)\n+```http\n(?P<request>.*?)```\n+```http\n(?P<answer>.*?)```\n*", re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A request or a response in an example.

    Attributes:
        start: A request's method and target, `GET /tasks?limit=5`, or a response's status, `202 Accepted`.
        headers: The headers to show.
        body: The parsed JSON body; None if there is no body.
    """

    start: str
    headers: Mapping[str, str]
    body: Any

    @property
    def method(self) -> str:
        """The HTTP method, if this is a request."""
        return self.start.partition(" ")[0]

    @property
    def target(self) -> str:
        """The path and query, if this is a request."""
        return self.start.partition(" ")[2]

    @property
    def status(self) -> str:
        """The status code, such as `202`, if this is a response."""
        return self.start.partition(" ")[0]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A request and its response."""

    title: str
    request: Message
    answer: Message

    @property
    def name(self) -> str:
        """The name of the example in the OpenAPI document."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True, kw_only=True)
class Call:
    """The hand-written description of an operation, with its examples."""

    operation_id: str
    description: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the page.

    Attributes:
        title: The heading; empty for the introduction, whose text includes one.
        parts: Prose and operations, in the order of the page.
    """

    title: str
    parts: tuple[str | Call, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """The operations, without the prose."""
        return tuple(part for part in self.parts if isinstance(part, Call))


@cache
def sections() -> tuple[Section, ...]:
    """Parse all sections of the page, in the order of their file names.

    Raises:
        InvalidApi: An example is malformed.
    """
    pages = sorted((page for page in _FOLDER.iterdir() if page.name.endswith(".md")), key=lambda p: p.name)
    return tuple(section(page.read_text(encoding="utf-8")) for page in pages)


def section(text: str) -> Section:
    """Parse one section of the page.

    Raises:
        InvalidApi: An example is malformed.
    """
    heading, _, rest = text.partition("\n") if text.startswith("## ") else ("", "", text)
    parts = [part.strip() for part in re.split(r"(?m)^(?=### )", rest)]
    return Section(
        title=heading.removeprefix("## "),
        parts=tuple(_part(part) for part in parts if part),
    )


def _part(text: str) -> str | Call:
    heading = _CALL.match(text)
    if heading is None:
        return text
    description, mark, examples = text[heading.end() :].partition("#### ")
    return Call(
        operation_id=heading[1],
        description=description.strip(),
        examples=_examples(mark + examples + "\n"),
    )


def _examples(text: str) -> tuple[Example, ...]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _EXAMPLE.match(text, place)
        if match is None:
            raise InvalidApi(f"expected a title, a request and an answer here: {text[place : place + 100]}")
        found.append(
            Example(
                title=match["title"], request=_message(match["request"]), answer=_message(match["answer"])
            )
        )
        place = match.end()
    return tuple(found)


def _message(text: str) -> Message:
    head, _, body = text.partition("\n\n")
    start, *headers = head.strip().splitlines()
    try:
        return Message(
            start=start,
            headers=dict(line.split(": ", 1) for line in headers),
            body=json.loads(body) if body.strip() else None,
        )
    except ValueError as error:
        raise InvalidApi(f"{start}: {error}") from error
