"""A session whose only client is CloudFormation's."""

from typing import Any

import boto3


class OneClient(boto3.Session):
    """A session that has a client for CloudFormation, and refuses to make any other."""

    def __init__(self) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        self.cloudformation = super().client("cloudformation")

    def client(self, service_name: str, *_: Any, **__: Any) -> Any:
        assert service_name == "cloudformation", f"{service_name} is not to be asked"
        return self.cloudformation
