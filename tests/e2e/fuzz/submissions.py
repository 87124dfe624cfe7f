"""Generators of bodies that resemble submissions."""

import json

from hypothesis import strategies as st

numbers = st.sampled_from(
    [
        *[
            "1e400",
            "-1e400",
            "1e-400",
            "-0",
            "-0.0",
            "1E+2",
            "0.1",
            "01",
            "1.",
            ".5",
            "+1",
            "0x1",
            "NaN",
            "Infinity",
            "-Infinity",
        ],
        *(str(2**power + more) for power in (31, 53, 63, 64, 128) for more in (-1, 0, 1)),
        *("9" * digits for digits in (38, 39, 100, 308, 309, 4300, 4301)),
    ]
)
"""Numbers at the limits of doubles, of common integer types, and of JSON."""

_strings = st.one_of(
    st.text(max_size=20).map(json.dumps),
    st.sampled_from([r'"\ud800"', r'"\udc00\ud800"', r'"\u0000"', r'"\x00"', '"\n"', '"', r'"\u12"', '"é"']),
)
_names = st.sampled_from(
    [
        *[
            "taskId",
            "type",
            "payload",
            "orderingKey",
            "runAt",
            "reference",
            "tags",
            "expiresAt",
            "callback",
            "url",
            "on",
            "task_id",
            "TASKID",
            "__proto__",
            "limit",
            "category",
            "before",
        ],
        "",
    ]
)
_scalars = st.one_of(numbers, _strings, st.sampled_from(["null", "true", "false", "[]", "{}", ""]))


def _object(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"


values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(st.tuples(_names, inner), max_size=3).map(_object),
    ),
    max_leaves=8,
)
members = st.lists(st.tuples(_names, values), max_size=5).map(_object)
"""Objects with a submission's names, some of them repeated, and values of any kind."""

nested = st.tuples(st.sampled_from(["[", '{"a":', '{"payload":']), st.integers(1, 3000), st.booleans()).map(
    lambda it: it[0] * it[1] + "1" + ("]" if it[0] == "[" else "}") * (it[1] if it[2] else it[1] - 1)
)
"""Deeply nested arrays and objects, closed or not."""

_valid = st.sampled_from(
    [
        b'{"payload": {}}',
        b'{"payload": {"a": [1, 2.5, null]}, "type": "echo"}',
        b'{"payload": {"deep": {"er": {"est": true}}}}',
        b'{"payload": {}, "runAt": "2020-01-01T00:00:00Z"}',
        b'{"payload": {}, "reference": "order 4711", "tags": ["urgent", "eu"]}',
        b'{"payload": {}, "expiresAt": "2020-01-01T00:00:00Z"}',
        b'{"payload": {}, "callback": {"url": "http://127.0.0.1:9/", "on": ["EXPIRED", "CANCELLED"]}}',
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a valid submission with up to three deletions, insertions or repetitions of bytes."""
    body = bytearray(draw(_valid))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(["cut", "put", "double"])):
            case "cut":
                del body[at : at + draw(st.integers(1, 3))]
            case "put":
                body[at:at] = draw(st.binary(min_size=1, max_size=3))
            case _:
                body[at:at] = body[at : at + 10]
    return bytes(body)


_sizes = st.sampled_from([200 * 1024 - 30, 200 * 1024 + 30, 2 * 1024 * 1024 + 1])
large = _sizes.map(lambda size: b'{"payload": {"text": "' + b"x" * size + b'"}}')
"""Submissions with payloads just below and above the table's limit, and above the API's."""

other_encodings = st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "latin-1"]).map(
    '{"payload": {"é": 1}}'.encode
)
