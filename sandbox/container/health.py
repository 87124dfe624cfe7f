"""Whether a container is healthy: LocalStack answers, and the stack is deployed.

Until that is known this waits, as long as the health check may take: so what has failed is unhealthy at once,
and what takes its time is not. (When LocalStack ends, so does its container.)

It is run every few seconds for as long as the container lives, and so imports little, and nothing of ours.
"""

import json
import sys
import time
import urllib.request
from typing import Any

URL = "http://127.0.0.1:4566/_localstack/init/ready"
"""LocalStack says here what became of its scripts: `{completed, scripts: [{stage, name, state}]}`."""


def main() -> None:
    """Exit with 0 when healthy, with 1 and a reason when not."""
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
