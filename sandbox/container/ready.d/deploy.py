"""Script that LocalStack executes within its own process when it is ready.

https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/

The deployment is a separate process in the product's environment: a variable tells its boto3 which endpoint
to call, and must not affect LocalStack's own clients.
"""

import os
import subprocess

deployment = [os.environ["FAULTLINE_PYTHON"], "-m", "sandbox.container.provision"]
if subprocess.run(deployment, check=False).returncode:  # noqa: S603 - our own command
    raise RuntimeError("the stack is not deployed")
