"""A script that imports a project's kinds of work in a separate process, and prints the result as JSON.

Usage: `kinds_script.py PATHS HANDLERS SECONDS`, with a path per line and handlers separated by spaces.
"""

import faulthandler
import importlib
import json
import os
import sys
import traceback
from dataclasses import asdict
from typing import Any


def main(paths: list[str], handlers: list[str], seconds: float) -> None:
    """Import the kinds and the given handlers, and print the result.

    Args:
        paths: Import paths; the first one contains Faultline's own packages and the project's.
        handlers: The functions whose handlers to import.
        seconds: Time limit after which the process prints its stack and ends.
    """
    sys.path[:0] = paths
    answer, sys.stdout = sys.stdout, sys.stderr  # since a module may print
    faulthandler.enable()
    importlib.import_module("lambdas.work.registry")  # not counted towards the limit
    faulthandler.dump_traceback_later(seconds, exit=True)
    from lambdas.work.discovery import first_line, unusable_kind
    from lambdas.work.kinds import BUILT_IN, KINDS, PACKAGE_VARIABLE
    from lambdas.work.unimported_kinds import unimported_kinds

    ours = f"{paths[0]}/lambdas/"
    missed = unimported_kinds(os.environ[PACKAGE_VARIABLE])
    unusable = [_unusable(str(each), each.error, ours) for each in (*KINDS.unusable, *missed)]
    try:
        for name in handlers:
            importlib.import_module(f"lambdas.{name}.handler")
    except Exception as error:  # noqa: BLE001 # a library may raise anything
        unusable.append(_unusable(f"{type(error).__name__}: {first_line(error)}", error, ours))
    kinds = []
    for each in (kind for kind in KINDS if kind not in BUILT_IN):
        try:
            kinds.append(_described(each))
        except Exception as error:  # noqa: BLE001 # a type of the payload may raise anything
            reason = f"{each.name} cannot be described: {first_line(error)}"
            line = str(unusable_kind(each, each.perform.__module__, error, reason))
            unusable.append({"line": line, "traceback": ""})  # its frames are pydantic's
    faulthandler.cancel_dump_traceback_later()
    answer.write(json.dumps({"unusable": unusable, "kinds": kinds}))
    answer.flush()


def _described(kind: Any) -> dict[str, Any]:
    from lambdas.domain.category import Category

    return {
        "name": kind.name,
        "retry": asdict(kind.retry),
        "retry_on": {Category(name): asdict(policy) for name, policy in kind.retry_on.items()},
        "timeout": kind.timeout,
        "dependency": kind.dependency is not None,
        "model": kind.payload.__name__,
        "payload": kind.payload.model_json_schema(),
    }


def _unusable(line: str, error: BaseException, ours: str) -> dict[str, str]:
    """Return an error as one line, and its traceback without the frames that led to the import."""
    machinery = (ours, __file__, "<frozen importlib", importlib.__file__)
    frames = [
        each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(machinery)
    ]
    shown = traceback.format_list(frames)
    shown += traceback.format_exception_only(error) if shown else []
    return {"line": line, "traceback": "".join(shown)}


if __name__ == "__main__":
    main(sys.argv[1].split("\n"), sys.argv[2].split(), float(sys.argv[3]))
