"""LocalStack executes this within its own process when it is ready:
https://docs.localstack.cloud/aws/capabilities/config/initialization-hooks/

The deployment is a process of its own: its boto3 is told where to call by a variable of the environment, and
LocalStack's own clients must not be.
"""

import subprocess
import sys

if subprocess.run([sys.executable, "-m", "sandbox.container.provision"], check=False).returncode:
    raise RuntimeError("the stack is not deployed")
