"""Masking of private data in logs, alerts and reports.

Powertools' data masking erases fields by name; private data in texts is masked by patterns
(`lambdas.domain.masking`). Payloads in the table are not masked, since a redrive needs them.
https://docs.aws.amazon.com/powertools/python/latest/utilities/data_masking/
"""

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from lambdas.domain.hidden_texts import without_hidden
from lambdas.domain.masking import MASK, masked_texts
from lambdas.domain.private_fields import USUAL, PrivateFields

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_masking import DataMasking

# Erasing takes longer with each spelling of a field's name, and quadratically so for many.
MAX_SPELLINGS = 200


class Masking:
    """Masks private data in values; a value that cannot be masked is replaced as a whole.

    Args:
        fields: Fields whose values are erased at any depth.
    """

    def __init__(self, fields: PrivateFields) -> None:
        self._fields = fields

    def masked(self, value: object) -> Any:
        """Convert a value to JSON with its private data masked; values that are not JSON become strings.

        Example:
            >>> Masking(PrivateFields.of(["token"])).masked({"token": 1, "url": "https://a.example/?sig=x"})
            {'token': '*****', 'url': 'https://a.example/?sig=*****'}
        """
        try:
            text = without_hidden(json.dumps(value, default=str, ensure_ascii=False))
            return self._erased(masked_texts(json.loads(text)))
        except Exception:  # noqa: BLE001 # a value that cannot be searched must not be shown
            return MASK

    def _erased(self, value: JsonValue) -> JsonValue:
        spelled = self._fields.spelled_in(value)
        if not spelled:
            return value
        if len(spelled) > MAX_SPELLINGS:
            return MASK
        # Powertools erases fields of objects only, so the value is wrapped in one; no field has an empty
        # name.
        path = "$.." + ",".join(map(_quoted, sorted(spelled)))
        erased: dict[str, JsonValue] = _erasing().erase({"": value}, fields=[path])
        return erased[""]


@cache
def _erasing() -> "DataMasking":
    """Return Powertools' masking, imported on first use, since its path parser is slow to import."""
    from aws_lambda_powertools.utilities.data_masking import DataMasking

    return DataMasking()


def masked(value: object) -> Any:
    """Mask private data in a value, including the fields in MASKED_FIELDS or the usual ones if unset."""
    return _masking().masked(value)


@cache
def _masking() -> Masking:
    names = os.environ.get("MASKED_FIELDS")
    return Masking(PrivateFields.of(USUAL if names is None else names.split(",")))


def _quoted(name: str) -> str:
    """Quote a field name for JSONPath (RFC 9535, section 2.3.1)."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
