"""Random ids without a system call each.

LocalStack and moto create some eighteen ids for a task. Each asks the system for random bytes, and meanwhile
another thread runs Python: beside two busy threads an id takes 44 µs, here 2 µs. No id here is a secret.
"""

import random
import uuid

from localstack.utils.patch import Patch


def install() -> None:
    """Make `uuid.uuid4` use a generator with a seed from the system."""
    bits = random.Random().getrandbits
    Patch(uuid, "uuid4", lambda: uuid.UUID(int=bits(128), version=4)).apply()
