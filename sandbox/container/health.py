"""The health check of a container, which succeeds once LocalStack answers and the stack is deployed.

The check waits until the deployment has ended, up to Docker's timeout for the check. A failed deployment
therefore fails it immediately, and a slow one does not. When LocalStack ends, its container ends too.

The check runs every few seconds, so this module imports only the standard library.
"""

import json
import sys
import time
import urllib.request
from typing import Any

URL = "http://127.0.0.1:4566/_localstack/init/ready"
"""URL of the states of LocalStack's scripts: `{completed, scripts: [{stage, name, state}]}`."""


def main() -> None:
    """Wait for the deployment, then exit with 0 if it succeeded, else with 1 and a reason."""
    while not (found := _scripts())["completed"]:
        time.sleep(0.1)
    failed = [script["name"] for script in found["scripts"] if script["state"] != "SUCCESSFUL"]
    if failed or not found["scripts"]:
        sys.exit(f"failed: {', '.join(failed) or 'there is no script that deploys the stack'}")


def _scripts() -> Any:
    try:
        with urllib.request.urlopen(URL, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return {"completed": False}


if __name__ == "__main__":
    main()
