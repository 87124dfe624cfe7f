"""Objects of the function, each created once."""

from functools import cache

from uuid6 import uuid7

from lambdas.application.settings import SubmitSettings
from lambdas.application.wiring import Wiring, now, wire
from lambdas.submit_task.batch import BatchSubmitter
from lambdas.submit_task.submit import Submitter
from lambdas.work.kinds import KINDS


def new_id() -> str:
    """Return a new id for a task or a batch, a UUIDv7."""
    return str(uuid7())


@cache
def aws() -> Wiring:
    """Return the AWS clients and the objects that use them, created on the first call."""
    return wire(SubmitSettings.read())


@cache
def submitter() -> Submitter:
    """Return the function's Submitter, created on the first call."""
    return Submitter(table=aws().table, dispatcher=aws().dispatcher, kinds=KINDS, now=now, new_id=new_id)


@cache
def batch_submitter() -> BatchSubmitter:
    """Return the function's BatchSubmitter, created on the first call."""
    return BatchSubmitter(submitter=submitter(), batches=aws().batches, new_id=new_id, now=now)


MADE_ONCE = (aws, submitter, batch_submitter)
"""Factories to call during initialization; tests clear their caches."""
