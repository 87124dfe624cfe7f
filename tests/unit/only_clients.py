"""A boto3 session that has only the clients of given services."""

from typing import Any

import boto3


class OnlyClients(boto3.Session):
    """A session with one client for each of its services, and with none for any other."""

    def __init__(self, *services: str) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        made: Any = super().client
        self.clients: dict[str, Any] = {name: made(name) for name in services}

    def client(self, service_name: str, *_: Any, **__: Any) -> Any:
        assert service_name in self.clients, f"{service_name} is not to be asked"
        return self.clients[service_name]
