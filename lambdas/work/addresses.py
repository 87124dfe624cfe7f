"""Where a host name leads, and whether work may go there."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address

from lambdas.domain.errors import InvalidWork, NetworkFailure


@dataclass(frozen=True, kw_only=True)
class Address:
    host: str
    port: int


def resolve(host: str, port: int, *, private_allowed: bool) -> Address:
    """Look a host up, once; the caller connects to what was checked here, not to the name again.

    Raises:
        NetworkFailure: the name does not resolve (now).
        InvalidWork: an address of it is not a public one, and those are not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkFailure(f"{host} does not resolve: {error}") from error
    hosts = [str(entry[4][0]) for entry in found]
    if not private_allowed:
        for each in hosts:
            if not _is_public(each):
                raise InvalidWork(f"{host} is {each}, which is not a public address")
    return Address(host=hosts[0], port=port)


def _is_public(host: str) -> bool:
    address = ip_address(host.partition("%")[0])
    # ::ffff:127.0.0.1 reaches 127.0.0.1; multicast counts as global in Python's tables.
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_global and not mapped.is_multicast)
