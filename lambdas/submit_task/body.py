"""Body of POST /tasks: a submission, validated against its kind of work and the stage."""

from pydantic import JsonValue, ValidationInfo, field_validator

from lambdas.application.payload_checks import check_fit
from lambdas.application.settings import Settings
from lambdas.domain import submission
from lambdas.domain.callback import Callback
from lambdas.domain.submission import Simulation
from lambdas.http.unusable_kind import unusable_kind
from lambdas.submit_task.callback_url import check_callback_url
from lambdas.work.kinds import KINDS
from lambdas.work.registry import KindUnusable, UnknownKind


class Submission(submission.Submission):
    """A task to submit."""

    # The kind of work and the stage are checked here rather than later, so that one response names all
    # invalid fields.

    @field_validator("type")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            KINDS[name]
        except KindUnusable as error:
            raise unusable_kind(error) from error
        except UnknownKind as error:
            raise ValueError(str(error)) from error
        return name

    @field_validator("payload")
    @classmethod
    def _fits_its_kind(cls, payload: dict[str, JsonValue], info: ValidationInfo) -> dict[str, JsonValue]:
        name = info.data.get("type")  # absent if the type itself is invalid
        if name is not None:
            check_fit(KINDS[name], payload)
        return payload

    @field_validator("callback")
    @classmethod
    def _can_be_called(cls, callback: Callback | None) -> Callback | None:
        if callback is not None:
            check_callback_url(callback.url)
        return callback

    @field_validator("simulate")
    @classmethod
    def _is_allowed_here(cls, simulate: Simulation | None) -> Simulation | None:
        if simulate is not None and not Settings.read().experimental:
            raise ValueError("is not allowed in this stage")
        return simulate
