"""Check of the URLs that callers want to be told at."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel

from lambdas.work.http.client import deliverable


class _Target(BaseModel):
    url: Annotated[str, AfterValidator(deliverable)]


def check_callback_url(url: str) -> None:
    """Check, within the validator of a callback, that requests can be sent to its URL.

    Raises:
        ValidationError: They cannot. pydantic adds it to the errors of the callback, under its field `url`.
    """
    _Target.model_validate({"url": url})
