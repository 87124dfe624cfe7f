"""Validation of callback URLs."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel

from lambdas.work.http.client import deliverable


class _Target(BaseModel):
    url: Annotated[str, AfterValidator(deliverable)]


def check_callback_url(url: str) -> None:
    """Check that requests can be sent to a callback URL; to be called from a pydantic validator.

    Raises:
        ValidationError: The URL cannot be used. pydantic reports it as an error of the field `url`.
    """
    _Target.model_validate({"url": url})
