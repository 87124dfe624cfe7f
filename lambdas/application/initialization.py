"""What a function makes while its execution environment starts, instead of in its first invocation.

Nobody waits for the initialization of environments with provisioned concurrency or of a snapshot, and others
have more of a processor for it than a small function has afterwards:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
Clients make no connection before their first call.
"""

import os
from collections.abc import Callable

# Set in every execution environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_IN_LAMBDA = "AWS_LAMBDA_INITIALIZATION_TYPE"


def prepare(*makers: Callable[[], object]) -> None:
    """Call what makes a function's clients, once; outside of Lambda, where no settings are, nothing is made.

    Args:
        makers: Functions that remember what they made.

    Raises:
        InvalidSettings: Variables are not set, or cannot be read. Lambda reports it as a failed start.
    """
    if _IN_LAMBDA in os.environ:
        for make in makers:
            make()
