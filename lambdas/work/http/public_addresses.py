"""Resolution of host names to IP addresses, which must be public unless private ones are allowed."""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from lambdas.domain.errors import InvalidWork, NetworkFailure

# Networks whose last 32 bits are an IPv4 address to which a translator or the kernel may connect: NAT64 (RFC
# 6052) and the deprecated "IPv4-compatible" addresses (RFC 4291, section 2.5.5.1).
_EMBEDDING_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


@dataclass(frozen=True, kw_only=True)
class Address:
    """An IP address and a port."""

    host: str
    port: int


def resolve(host: str, port: int, *, private_allowed: bool) -> list[Address]:
    """Resolve a host name and check its addresses.

    Callers must connect to the returned addresses, since the name may later resolve to others.

    Args:
        host: Name or IP address of the host.
        port: Port to include in the addresses.
        private_allowed: Whether addresses that are not public are allowed.

    Returns:
        At least one address, the preferred one first.

    Raises:
        NetworkFailure: The name does not resolve.
        InvalidWork: An address is not public, and private ones are not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkFailure(f"{host} does not resolve: {error}") from error
    hosts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not private_allowed:
        for each in hosts:
            if not is_public(each):
                raise InvalidWork(f"{host} is {each}, which is not a public address")
    return [Address(host=each, port=port) for each in hosts]


def is_public(host: str) -> bool:
    """Return whether an IP address, with or without a scope (`fe80::1%eth0`), is on the public internet."""
    address = _meant(ip_address(host.partition("%")[0]))
    # Python's tables count multicast and the deprecated site-local addresses as global.
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not site_local


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address embedded in an IPv6 address, if any: 127.0.0.1 for ::ffff:127.0.0.1."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _EMBEDDING_IPV4):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address
