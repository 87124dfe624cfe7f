"""LocalStack executes this within its own process when it is ready:
https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/

The deployment is a process of its own, in the product's environment: its boto3 is told where to call by a
variable, and LocalStack's own clients must not be.
"""

import os
import subprocess

deployment = [os.environ["FAULTLINE_PYTHON"], "-m", "sandbox.container.provision"]
if subprocess.run(deployment, check=False).returncode:  # noqa: S603 - our own command
    raise RuntimeError("the stack is not deployed")
