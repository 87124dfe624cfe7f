"""The AWS services that the functions call, the only ones whose descriptions the artifact needs.

Descriptions of more than 400 services make up most of botocore's size. It searches all of their folders when
it creates a client, which a function does in its initialization, and initialization is billed.
https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
"""

import json
import re
from pathlib import Path, PurePath

OF_LIBRARIES = frozenset({"xray"})
"""Services for which libraries create clients: X-Ray's SDK does so outside of Lambda."""

_CLIENT = re.compile(
    r"""\b(?:(?:create_)?client\(\s*|resource\(\s*|service_name\s*=\s*)["']([a-z0-9-]+)["']"""
)
"""Pattern of the creation of a client, as in `boto3.client("sqs")` or `session.create_client("sqs")`.

The argument `service_name` may follow others.
"""
_DATA = ("botocore", "data")
_ENDPOINTS = PurePath(*_DATA, "endpoints.json")


def used_services(package: Path) -> frozenset[str]:
    """Return the services for which a package creates clients, by their names in boto3, and OF_LIBRARIES."""
    return OF_LIBRARIES.union(*(_CLIENT.findall(path.read_text()) for path in package.rglob("*.py")))


def is_needed(file: PurePath, services: frozenset[str]) -> bool:
    """Return whether a library's file is needed, as all are except descriptions of other services."""
    of_a_service = file.parts[:2] == _DATA and len(file.parts) > len(_DATA) + 1
    return not of_a_service or file.parts[2] in services


def needed_content(file: PurePath, content: bytes, services: frozenset[str]) -> bytes:
    """Return the part of a library file's content that the functions need.

    botocore parses the endpoints of all services, 1.2 MB, for the first client of a process: 20 ms of CPU and
    4 MB of memory for each execution environment. The address of a service without an entry comes from its
    endpoint rules, or else from the partition's pattern
    (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).

    Args:
        file: The path in the folder of the libraries.
        content: The file's content, which is returned unchanged unless it is botocore's list of endpoints.
        services: The services' names in boto3.
    """
    if file != _ENDPOINTS:
        return content
    endpoints = json.loads(content)
    for partition in endpoints["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in sorted(services & known.keys())}
    return json.dumps(endpoints).encode()
