"""Reading of AWS's service models in less memory, for LocalStack and for functions.

Nearly half of a model's memory is its documentation, which nothing here needs, and parts that are equal. They
can be shared, since nobody changes them.
"""

import json
import sys
from typing import Any

_references: dict[str, dict[str, Any]] = {}


def read(text: bytes) -> Any:
    """Return the content of one of botocore's JSON files, without documentation, and with shared parts."""
    return json.loads(text, object_hook=_smaller)


def _smaller(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a model without its documentation.

    Many parts only name a shape: `{"shape": "String"}`. All models share one for each name.
    """
    documented = isinstance(part.get("documentation"), str)  # else it is a member of that name
    if isinstance(shape := part.get("shape"), str):
        if documented:
            del part["documentation"]
        if len(part) == 1:
            return _references.setdefault(shape, part)
        part["shape"] = sys.intern(shape)
    elif documented:
        part["documentation"] = ""  # botocore requires one of a client's parameters
    if isinstance(kind := part.get("type"), str):
        part["type"] = sys.intern(kind)
    return part
