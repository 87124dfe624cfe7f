"""Datagrams of X-Ray's daemon: a header and a document."""

import socket

import pytest

from sandbox.services.xray.daemon import HOST, Daemon, Port, document_in
from sandbox.services.xray.store import Place, Store
from tests.eventually import eventually
from tests.plugins.xray.made import TRACE, raw, segment

HEADER = b'{"format": "json", "version": 1}\n'
PLACE = Place("1", "r")


@pytest.mark.parametrize(
    ("datagram", "document"),
    [
        (HEADER + b"{}", b"{}"),
        (b'{"format":"json","version":1}\n{"a":\n1}', b'{"a":\n1}'),
        (b'{ "version" : 1, "format" : "json" }\n{}', b"{}"),
        (HEADER, None),
        (b"{}", None),
        (b"", None),
        (b"\n\n", None),
        (b"\xff\n{}", None),
        (b"[" * 9000 + b"\n{}", None),
        (b'{"format": "json", "version": 2}\n{}', None),
    ],
)
def test_a_document_is_found(datagram: bytes, document: bytes | None) -> None:
    assert document_in(datagram) == document


def send(port: Port, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for each in datagrams:
            out.sendto(each, (HOST, port.number))


def test_ports_come_and_go() -> None:
    """Data sent before a port closes is read, other ports stay open, and forbidden data is dropped."""
    store = Store()
    daemon = Daemon(store)
    first, second = (daemon.open(PLACE, lambda: True) for _ in range(2))
    refused = daemon.open(PLACE, lambda: False)
    send(first, HEADER + raw(segment(1)), b"garbage")
    send(refused, HEADER + raw(segment(2)))
    daemon.close(first)
    daemon.close(first)
    send(second, HEADER + raw(segment(3)))

    def ids() -> set[str]:
        found = store.trace(PLACE, TRACE)
        return {*found.documents} if found else set()

    eventually(lambda: ids() == {segment(1)["id"], segment(3)["id"]})
    daemon.close(refused)
    daemon.close(second)
    daemon.stop()
    assert segment(2)["id"] not in ids()
