"""Addresses that work may reach where private ones are not allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.errors import InvalidWork, NetworkFailure
from lambdas.work.http.public_addresses import Address, is_public, resolve

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",  # carrier-grade NAT
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # EC2's instance metadata
    "169.254.170.2",  # ECS's credentials
    "172.16.0.1",
    "172.31.255.255",
    "192.0.2.1",  # documentation
    "192.168.1.1",
    "198.18.0.1",  # benchmarks
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",  # NAT64
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::8.8.8.8",  # NAT64 within a network
    "2001::1",  # Teredo
    "2001:db8::1",  # documentation
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::1",  # 6to4 of 169.254.169.254
    "fc00::1",
    "fd00:ec2::254",  # EC2's instance metadata
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",  # site-local, deprecated
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2606:4700:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_within_is_not_public(address: str) -> None:
    """Loopback, private, link-local and other special addresses are not public, even IPv4 ones in IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    """Addresses next to the special ranges are public, as are public IPv4 addresses in IPv6."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_ipv4_address_makes_it_no_more_public(address: object) -> None:
    """An IPv4-mapped or NAT64 address is public if and only if its IPv4 address is."""
    assert is_public(f"::ffff:{address}") is is_public(f"64:ff9b::{address}") is is_public(str(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "localhost",
        "LOCALHOST",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "fe80::1%1",
        "169.254.169.254",
        "2852039166",  # 169.254.169.254
    ],
)
def test_no_spelling_of_a_private_address_passes(host: str) -> None:
    """Every spelling of a private address is rejected, because the check uses the resolved address."""
    with pytest.raises(InvalidWork, match="not a public address"):
        resolve(host, 80, private_allowed=False)


def test_private_addresses_pass_where_they_are_allowed() -> None:
    """A private address is returned with its port where private ones are allowed."""
    assert Address(host="127.0.0.1", port=8080) in resolve("localhost", 8080, private_allowed=True)
    assert resolve("127.1", 80, private_allowed=True) == [Address(host="127.0.0.1", port=80)]


def test_public_addresses_pass() -> None:
    """A public address is returned where private ones are not allowed."""
    assert resolve("8.8.8.8", 53, private_allowed=False) == [Address(host="8.8.8.8", port=53)]


@pytest.mark.parametrize(
    "host", ["faultline.invalid", "a" * 64 + ".example", "a..b", "::1%25lo", "[::1]", "127.0.0.%31"]
)
def test_what_does_not_resolve_is_a_network_failure(host: str) -> None:
    """An unknown or invalid name is a NETWORK failure."""
    with pytest.raises(NetworkFailure, match="does not resolve"):
        resolve(host, 80, private_allowed=True)
