"""Sharing of botocore's work for each session and client among all execution environments.

Each session of botocore reads the list of AWS's endpoints, 1.3 MB, and the models of its services. X-Ray's
SDK creates two sessions of its own. That would be most of an environment's memory. Each session and client
also inspects the signatures of some 200 event handlers.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from sandbox.common import event_names, service_models

_NO_ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}


def share(services: Iterable[str]) -> None:
    """Create and use a client of each service, and share the results with all sessions and environments.

    Creating a client, and making a call that does not leave this process, makes botocore read its files, and
    import and compile what it needs. Nothing happens unless botocore has been imported.
    """
    if "botocore.session" not in sys.modules:
        return
    from botocore.session import Session

    event_names.share()
    stop_keeping = [_keep_files(), _keep_signatures()]
    session = Session()
    for service in services:
        with suppress(Exception):  # it may not be a service at all
            _call(session.create_client(service, **_NO_ACCOUNT))
    for stop in stop_keeping:
        stop()


def _keep_files() -> Callable[[], None]:
    """Keep the files that botocore reads before the returned function is called, and use them from then on.

    Clients of one session share the files' content anyway, so botocore does not change it. The extras that it
    merges into a loaded model (`ExtrasProcessor`) stay the same when they are merged again.
    """
    from botocore.loaders import JSONFileLoader

    files: dict[str, Any] = {}
    read = JSONFileLoader._load_file

    def keep(_: JSONFileLoader, path: str, opener: Any) -> Any:
        if not Path(path).is_file():
            return None
        with opener(path, "rb") as file:
            return files.setdefault(path, service_models.read(file.read()))

    def find(self: JSONFileLoader, path: str, opener: Any) -> Any:
        return files[path] if path in files else read(self, path, opener)

    _set(JSONFileLoader, "_load_file", keep)
    return lambda: _set(JSONFileLoader, "_load_file", find)


def _keep_signatures() -> Callable[[], None]:
    """Record which event handlers accept any keyword, until the returned function is called.

    Later handlers are not recorded, since a function may make new ones without end.
    """
    from botocore import hooks

    signatures: dict[Any, Any] = {}
    inspect = hooks.accepts_kwargs

    def keep(handler: Any) -> Any:
        signatures[handler] = found = inspect(handler)
        return found

    def find(handler: Any) -> Any:
        try:
            return signatures[handler]
        except (KeyError, TypeError):  # it may not be hashable
            return inspect(handler)

    _set(hooks, "accepts_kwargs", keep)
    return lambda: _set(hooks, "accepts_kwargs", find)


def _call(client: Any) -> None:
    """Call an operation that needs no input, and answer it here."""
    from botocore import xform_name
    from botocore.awsrequest import AWSResponse
    from urllib3 import HTTPResponse

    def answer(request: Any, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, HTTPResponse(BytesIO(b"{}"), preload_content=False))

    client.meta.events.register("before-send", answer)
    model = client.meta.service_model
    for name in model.operation_names:
        needed = model.operation_model(name).input_shape
        if needed is None or not needed.required_members:
            getattr(client, xform_name(name))()
            return


def _set(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)
