"""Nothing private in what is logged, alerted or reported.

Fields are erased by Powertools' data masking, by their names; what a text gives away is found by patterns
(`lambdas.domain.masking`). The record of a task is left as it is: a redrive needs it.
https://docs.aws.amazon.com/powertools/python/latest/utilities/data_masking/
"""

import json
import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.data_masking import DataMasking
from pydantic import JsonValue

from lambdas.domain.masking import MASK, masked_texts
from lambdas.domain.private_fields import USUAL, PrivateFields

# What finds the fields takes longer with each spelling, and with the square of many.
MAX_SPELLINGS = 200


class Masking:
    """Masks values. What cannot be masked for any reason is masked whole.

    Args:
        fields: whose values are erased, at any depth.
    """

    def __init__(self, fields: PrivateFields) -> None:
        self._fields = fields
        self._erasing = DataMasking()

    def masked(self, value: object) -> Any:
        """A value as JSON has it, without what is private; what is no JSON is there as text.

        Example:
            >>> Masking(PrivateFields.of(["token"])).masked({"token": 1, "url": "https://a.example/?sig=x"})
            {'token': '*****', 'url': 'https://a.example/?sig=*****'}
        """
        try:
            return self._erased(masked_texts(json.loads(json.dumps(value, default=str))))
        except Exception:  # noqa: BLE001 # whatever it is, what cannot be looked through must not be shown
            return MASK

    def _erased(self, value: JsonValue) -> JsonValue:
        spelled = self._fields.spelled_in(value)
        if not spelled:
            return value
        if len(spelled) > MAX_SPELLINGS:
            return MASK
        # A name that no field has, so that lists, too, are within an object, as Powertools wants it.
        erased: dict[str, JsonValue] = self._erasing.erase(
            {"": value}, fields=["$.." + ",".join(map(_quoted, sorted(spelled)))]
        )
        return erased[""]


def masked(value: object) -> Any:
    """A value without what is private by this function's MASKED_FIELDS, names separated by commas."""
    return _masking().masked(value)


@cache
def _masking() -> Masking:
    names = os.environ.get("MASKED_FIELDS")
    return Masking(PrivateFields.of(USUAL if names is None else names.split(",")))


def _quoted(name: str) -> str:
    """A field's name as JSONPath has it (RFC 9535, section 2.3.1)."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
