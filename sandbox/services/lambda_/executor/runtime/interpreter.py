"""Setup of an interpreter like AWS's, and handover to AWS's runtime client."""

import os
import signal
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1  # prctl(2)

SDK = frozenset(("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"))
"""The packages that functions without their own SDK can import: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""


class _SdkFinder:
    """Import finder for the SDK and its dependencies in a folder that also contains other packages."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(self, name, _path=None, target=None):  # type: ignore[no-untyped-def]
        if name not in SDK:
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [self._folder], target)


def die_with(parent: int) -> None:
    """Exit if the parent has ended; on Linux, also die when the thread that started this process ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the parent ended before the line above
        os._exit(1)


def prepare(task_root: str, runtime_root: str, sdk_root: str) -> None:
    """Set the import paths, and make requests to AWS name their calling module.

    As on AWS, the function's own modules take precedence over the runtime's and the standard library's.
    """
    sys.path[:0] = [task_root, runtime_root]
    _tell_callers()
    # After the line above, which looks for an SDK in the artifact and would load this one needlessly.
    sys.meta_path.append(_SdkFinder(sdk_root))


def run(runtime_root: str, handler: str) -> None:
    """Import the handler and serve invocations until the process ends.

    AWS's own entry point waits for each invocation in a new thread, so that the main thread can handle
    signals meanwhile. Nothing sends signals to a function here.
    """
    sys.argv = [os.path.join(runtime_root, "bootstrap"), handler]

    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    bootstrap.run(handler, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


def _tell_callers() -> None:
    """Add the name of the calling module to each request to AWS, for the sandbox only."""
    try:
        from botocore.endpoint import Endpoint
    except ImportError:
        return
    make_request = Endpoint.make_request

    def tell(self, operation_model, request_dict):  # type: ignore[no-untyped-def]
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not frame.f_globals.get("__name__", "").startswith("lambdas."):
            frame = frame.f_back
        if frame is not None:
            request_dict["headers"]["X-Faultline-Caller"] = frame.f_globals["__name__"]
        return make_request(self, operation_model, request_dict)

    setattr(Endpoint, "make_request", tell)  # noqa: B010 # mypy wants no assignment
