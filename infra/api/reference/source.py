"""The written parts of the API's reference: sections of prose, and calls with a description and examples."""

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
    """A request or an answer of an example.

    Attributes:
        start: The method and the target, `GET /tasks?limit=5`, or the status, `202 Accepted`.
        headers: Those that are shown.
        body: The JSON; None without a body.
    """

    start: str
    headers: Mapping[str, str]
    body: Any

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.start.partition(" ")[0]

    @property
    def target(self) -> str:
        """The path and the query of a request."""
        return self.start.partition(" ")[2]

    @property
    def status(self) -> str:
        """The status of an answer, such as `202`."""
        return self.start.partition(" ")[0]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A request, and what it is answered."""

    title: str
    request: Message
    answer: Message

    @property
    def name(self) -> str:
        """Its name in the OpenAPI document."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True, kw_only=True)
class Call:
    """An operation of the API, as people describe it."""

    operation_id: str
    description: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the page.

    Attributes:
        title: Its heading; empty for the introduction, which has its own.
        parts: Prose and calls, in their order.
    """

    title: str
    parts: tuple[str | Call, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Its calls, without the prose."""
        return tuple(part for part in self.parts if isinstance(part, Call))


@cache
def sections() -> tuple[Section, ...]:
    """Read the sections of the page, by the names of their files.

    Raises:
        InvalidApi: An example is not written as one.
    """
    pages = sorted((page for page in _FOLDER.iterdir() if page.name.endswith(".md")), key=lambda p: p.name)
    return tuple(section(page.read_text(encoding="utf-8")) for page in pages)


def section(text: str) -> Section:
    """Read a section of the page.

    Raises:
        InvalidApi: An example is not written as one.
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
