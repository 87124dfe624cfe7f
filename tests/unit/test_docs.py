"""References, examples, tables and versions in the documentation."""

import re
import subprocess
import tomllib
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.domain.errors import InvalidWork
from lambdas.telemetry.metrics import Metric
from lambdas.work.registry import Registry
from tests.documents import ROOT, blocks
from tests.unit.work.context import a_context

PAGES = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md")),
]
MAX_README_LINES = 150

REFERENCES = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/guarantees.md").read_text())


@pytest.mark.parametrize(("file", "test"), sorted(set(REFERENCES)))
def test_a_guarantee_is_shown_by_a_test_that_exists(file: str, test: str) -> None:
    """Each test that the guarantees name exists."""
    assert f"\ndef {test}(" in (ROOT / file).read_text()


def test_every_guarantee_is_shown_by_some_test() -> None:
    """Each guarantee names its tests."""
    rows = [line for line in (ROOT / "docs/guarantees.md").read_text().splitlines() if line.startswith("| ")]
    assert len(rows) >= 20
    for row in rows[2:]:
        shown = row.rstrip("| ").rsplit("|", 1)[-1].strip()
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", shown), row


def test_every_metric_is_in_the_table() -> None:
    """The table of metrics matches `lambdas.telemetry.metrics` in name, unit, dimensions and meaning."""
    text = (ROOT / "docs/telemetry.md").read_text()
    table = text.partition("<!-- metrics -->")[2].partition("<!-- /metrics -->")[0]
    rows = [
        (f"`{metric.title}`", metric.unit.value, _names(("Stage", *metric.dimensions)), metric.meaning)
        for metric in Metric
    ]
    assert table.strip().splitlines()[2:] == [f"| {' | '.join(row)} |" for row in rows]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_commands_are_run_by_a_test_or_say_why_not(page: str) -> None:
    """Blocks of commands are run by a test, or preceded by a comment that says why not.

    tests/console/test_readme.py and tests/e2e/test_api_page.py run them.
    """
    known = {"sh", "python", "mermaid", "text", "json"}
    assert {block.info for block in blocks(page)} <= known
    assert any(block.why_not is None for block in blocks(page) if block.info == "sh")
    assert (ROOT / page).read_text().count("<!-- Not run by a test: ") == sum(
        block.why_not is not None for block in blocks(page)
    )


@pytest.mark.parametrize("page", [*PAGES, "faultline/starter/README.md"])
def test_commands_have_no_comments(page: str) -> None:
    """Commands have no comments, since zsh, unlike bash, does not ignore them in pasted lines.

    https://zsh.sourceforge.io/Doc/Release/Options.html (INTERACTIVE_COMMENTS)
    """
    fenced = [block.text for block in blocks(page) if block.info.partition(" ")[0] in {"", "sh", "console"}]
    indented = re.findall(r"(?m)^ {4}.*$", _prose(page))
    lines = [line for text in (*fenced, *indented) for line in text.splitlines()]
    assert [line for line in lines if re.search(r"(^|\s)#(\s|$)", line)] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Each relative link leads to an existing file or folder, and its anchor to a heading or an id in it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        assert not anchor or anchor in _anchors(target.read_text()), f"{page} links to {link}"


@pytest.mark.parametrize("page", PAGES)
def test_paths_that_are_named_exist(page: str) -> None:
    """Each path in backticks within the project's folders exists; `*` stands for any name."""
    folders = "lambdas|infra|sandbox|faultline|benchmarks|scripts|tests|docs|requirements"
    named = re.findall(rf"`((?:{folders})/[\w./*-]*[\w*/])`", _prose(page))
    missing = [path for path in named if not list(ROOT.glob(path))]
    assert not missing


def test_the_example_of_a_kind_works() -> None:
    """The README's example of a kind can be registered, works, and refuses invalid values."""
    [example] = [block.text for block in blocks("README.md") if block.info == "python"]
    module: dict[str, Any] = {"__name__": "tasks.resize"}
    exec(compile(example, "README.md", "exec"), module)
    resize = Registry([module["resize"]])["image.resize"]
    context = a_context()

    done = resize.perform(resize.payload.model_validate({"width": 3}), context)

    assert done == {"width": 3, "doneOnceUnder": context.idempotency_key}
    assert resize.dependency is not None
    with pytest.raises(InvalidWork):
        resize.perform(resize.payload.model_validate({"width": 0}), context)


def test_a_restored_task_is_copied_with_its_payload_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption leaves no task without its payload, which a second try would not copy."""
    [script] = [
        block.text.partition("<<'PYTHON'\n")[2].partition("PYTHON\n")[0]
        for block in blocks("docs/empty-account.md")
        if block.text.startswith("python3 - TASK")
    ]
    client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="id", aws_secret_access_key="secret")
    task = {"taskId": {"S": "task"}, "payloadKey": {"S": "payload/task/1"}}
    payload = {"taskId": {"S": "payload/task/1"}}
    written = [
        {"Put": {"TableName": "faultline-prod-tasks", "Item": item, **more}}
        for item, more in (
            (task, {"ConditionExpression": "attribute_not_exists(taskId)"}),
            (payload, {}),
        )
    ]
    monkeypatch.setattr(boto3, "client", lambda _: client)
    monkeypatch.setattr("sys.argv", ["-", "task"])
    with Stubber(client) as table:
        for item in (task, payload):
            table.add_response("get_item", {"Item": item})
        table.add_response("transact_write_items", {}, {"TransactItems": written})
        exec(compile(script, "docs/empty-account.md", "exec"), {})


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.startswith("docs/") and page != "docs/index.md"]
)
def test_the_index_has_every_page(page: str) -> None:
    """Each page is linked from the index of its folder."""
    folder, _, name = page.rpartition("/")
    index = "docs/index.md" if folder == "docs" else f"{folder}/README.md"
    assert page == index or f"({name})" in (ROOT / index).read_text()


def test_the_badge_shows_the_floor_of_the_coverage() -> None:
    """The badge is the output of `scripts/coverage badge`."""
    made = subprocess.run([ROOT / "scripts/coverage", "badge"], capture_output=True, text=True, check=True)
    assert (ROOT / "docs/coverage.svg").read_text() == made.stdout


def test_the_distributions_have_one_version_which_the_changelog_tells_of() -> None:
    projects = [
        tomllib.loads((ROOT / path).read_text())["project"]
        for path in ("pyproject.toml", "sandbox/pyproject.toml")
    ]
    [version] = {project["version"] for project in projects}
    [newest, *_] = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest == version


def _prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page: its ids, and its headings as GitHub converts them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'id="([^"]+)"', text))


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
