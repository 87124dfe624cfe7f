"""All corrections of moto 5.1.25, and those that need no module: it lists the methods of its handler at each
call, and draws request ids that nobody sees.
"""

# moto is typed in part only.
# mypy: disable-error-code="no-untyped-call, attr-defined"

import secrets
from functools import cache

from moto.core import responses

from sandbox.quick_tables import conditions, copies, queries, updates


def quicken_moto() -> None:
    """Apply the corrections, once in a process, of which one thread at a time calls moto
    (`sandbox.dynamodb`)."""
    vars(responses)["method_names_from_class"] = cache(responses.method_names_from_class)
    vars(responses)["gen_amzn_requestid_long"] = _request_id
    queries.look_at_one_partition()
    conditions.parse_each_text_once()
    updates.parse_each_text_once()
    updates.validate_quickly()
    copies.share_what_never_changes()


def _request_id(headers: dict[str, str]) -> str:
    """An id at once; moto draws its 52 characters one by one."""
    headers["x-amzn-requestid"] = secrets.token_hex(26).upper()
    return headers["x-amzn-requestid"]
