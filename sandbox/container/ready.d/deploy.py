"""Script that LocalStack executes within its own process when it is ready.

https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/

The deployment is a separate process in the product's environment, with the container's variables. One of them
sets the endpoint of boto3's clients, and must not affect those of LocalStack.
"""

import json
import os
import subprocess

python, environment = os.environ["FAULTLINE_PYTHON"], json.loads(os.environ["FAULTLINE_CONTAINER"])
deployment = [python, "-m", "sandbox.container.provision"]
if subprocess.run(deployment, env=environment, check=False).returncode:  # noqa: S603 - our own command
    raise RuntimeError("the stack is not deployed")
if "FAULTLINE_RELOAD" in os.environ:
    subprocess.Popen([python, "-m", "sandbox.container.follow"], env=environment)  # noqa: S603 - it keeps running
