"""Arbitrary requests, which are accepted or refused with a problem."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import seed as seeded
from hypothesis import strategies as st

from faultline.client.api import Answer
from tests.e2e.fuzz import edge as edges
from tests.e2e.fuzz.conftest import Fuzzed, trying
from tests.e2e.fuzz.submissions import large, members, mutated, nested, numbers, other_encodings, values
from tests.e2e.stack import Stack

type Door = Callable[..., Answer]


def doors(*, http: int, edge: int) -> pytest.MarkDecorator:
    """Parametrize a test with a way to the API (`door`), its number of inputs, and a number for its seed.

    Most inputs get no further than the functions' validation, which is the same in this process. Inputs over
    HTTP show that gateway and runtime pass requests on.

    Args:
        http: Inputs over HTTP.
        edge: Inputs in this process.
    """
    values = [("http", http, 0), ("edge", edge, 1)]
    return pytest.mark.parametrize(("door", "inputs", "number"), values, indirect=["door"])


@pytest.fixture
def door(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Door]:
    """Provide a function that calls the API with the arguments of `ApiClient.call`."""
    if request.param == "http":
        yield stack.api.call
    else:
        with edges.running(stack) as edge:
            yield edge.call


small = st.one_of(
    st.binary(max_size=60),
    mutated(),
    members.map(str.encode),
    values.map(str.encode),
    nested.map(str.encode),
    other_encodings,
)
media_types = st.just("application/json") | st.sampled_from(
    [
        *("application/json; charset=utf-8", "APPLICATION/JSON", "application/json;;", "text/plain", "*/*"),
        *("application/x-www-form-urlencoded", "application/json, text/html", ";", "a/b"),
        "multipart/form-data; boundary=x",
    ]
)


@doors(http=60, edge=2600)
def test_bodies(door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Submissions of malformed, deeply nested, extreme or other bodies are accepted or refused."""

    @seeded(seed * 100 + number)
    @trying(inputs)
    @given(small, media_types)
    def tried(body: bytes, media_type: str) -> None:
        fuzzed.add(door("POST", "/tasks", data=body, headers={"Content-Type": media_type}))

    tried()


def test_sizes(stack: Stack, fuzzed: Fuzzed, seed: int) -> None:
    """Submissions of sizes around the limits are accepted or refused."""

    @seeded(seed * 100 + 5)
    @trying(30)
    @given(large)
    def tried(body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        fuzzed.add(stack.api.call("POST", "/tasks", data=body, headers=headers))

    tried()


@doors(http=30, edge=250)
def test_redrives(door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Arbitrary redrives, limited to a category without dead letters, are accepted or refused."""
    harmless = '{"category":"RATE_LIMIT",'

    @seeded(seed * 100 + 10 + number)
    @trying(inputs)
    @given(st.binary(max_size=40) | members.map(lambda text: (harmless + text[1:]).encode()))
    def tried(body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        fuzzed.add(door("POST", "/redrives", data=body, headers=headers))

    tried()


@doors(http=20, edge=250)
def test_batches(door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Batches of valid and arbitrary submissions are refused, or their valid submissions are accepted."""
    good = b'{"payload":{},"simulate":{}}'

    @seeded(seed * 100 + 60 + number)
    @trying(inputs)
    @given(st.lists(small | st.just(good), max_size=5))
    def tried(tasks: list[bytes]) -> None:
        body, headers = b'{"tasks":[' + b",".join(tasks) + b"]}", {"Content-Type": "application/json"}
        answer = door("POST", "/batches", data=body, headers=headers)
        fuzzed.add(answer)
        if answer.ok:
            submitted, results = json.loads(body)["tasks"], answer.body["results"]
            assert len(results) == len(submitted)
            accepted = [each["status"] == 202 for each in results]
            assert all(accepted[n] for n, each in enumerate(submitted) if each == json.loads(good))

    tried()


segments = st.text(min_size=1, max_size=30).map(lambda text: quote(text, safe=""))
paths = st.one_of(
    segments.map(lambda name: f"/tasks/{name}"),
    segments.map(lambda name: f"/tasks/{name}/redrive"),
    segments.map(lambda name: f"/{name}"),
    st.sampled_from(["", "/", "//", "/tasks/", "/tasks//", "/tasks/a/b/c", "/TASKS", "/tasks%2fa"]),
    st.sampled_from(["/tasks/%00", "/tasks/..%2f"]),
)


@doors(http=20, edge=250)
def test_waits(door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Any `waitSeconds` with an invalid submission or for an unknown task is answered with a problem."""
    times = numbers | st.integers(-1, 26).map(str) | st.text(max_size=5)

    @seeded(seed * 100 + 40 + number)
    @trying(inputs)
    @given(st.sampled_from([("POST", "/tasks"), ("GET", "/tasks/nothing")]), times)
    def tried(call: tuple[str, str], seconds: str) -> None:
        headers = {"Content-Type": "application/json"}
        fuzzed.add(door(*call, headers=headers, data=b"{}", params={"waitSeconds": seconds}))

    tried()


@doors(http=100, edge=5600)
def test_paths(door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Any path with any method is answered without a server error."""

    @seeded(seed * 100 + 20 + number)
    @trying(inputs)
    @given(st.sampled_from(["GET", "DELETE", "POST", "PUT", "PATCH"]), paths)
    def tried(method: str, path: str) -> None:
        fuzzed.add(door(method, path))

    tried()


@st.composite
def almost(draw: st.DrawFn, tokens: list[str]) -> str:
    """Return a real token that is truncated, changed, doubled, extended or intact."""
    token: str = draw(st.sampled_from(tokens))
    at = draw(st.integers(0, len(token)))
    changed = [token[:at], token[at:], token[:at] + "A" + token[at + 1 :], token * 2, token]
    ends = ["", "", "=", "%", "é", "\x00", *tokens]
    return str(draw(st.sampled_from(changed)) + draw(st.sampled_from(ends)))


@doors(http=60, edge=500)
def test_queries(stack: Stack, door: Door, fuzzed: Fuzzed, seed: int, inputs: int, number: int) -> None:
    """Lists with arbitrary filters, limits and tokens, some of them real, are returned or refused."""
    for _ in range(4):
        stack.ended(stack.accepted())
    tokens = [
        page.body["nextToken"]
        for query in ({"limit": 1}, {"limit": 2}, {"limit": 1, "status": "SUCCEEDED"})
        if "nextToken" in (page := stack.api.tasks(**query)).body
    ]
    queries = st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(["SUCCEEDED", "DEAD_LETTERED", "succeeded", ""]) | st.text(max_size=10),
            **dict.fromkeys(
                ("type", "category", "orderingKey", "reference", "tag", "text", "view"),
                st.sampled_from(["echo", "NETWORK", "full", "summary", "a"]) | st.text(max_size=50),
            ),
            **dict.fromkeys(
                ("submittedAfter", "submittedBefore"),
                st.sampled_from(["2026-01-31T12:00:00Z", "9999-12-31T23:59:59-23:59"]) | st.text(max_size=25),
            ),
            "limit": st.integers(-5, 110).map(str) | numbers | st.text(max_size=5),
            "nextToken": almost(tokens) | st.text(max_size=60),
            "other": st.text(max_size=5),
        },
    )

    @seeded(seed * 100 + 30 + number)
    @trying(inputs)
    @given(queries)
    def tried(query: dict[str, str]) -> None:
        fuzzed.add(door("GET", "/tasks", params=query))

    tried()
