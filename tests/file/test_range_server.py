"""The server of the tests itself: what a client does to it is no failure of a test."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from tests.file.range_server import serving


@pytest.mark.parametrize("request_text", [b"GET /study/image.dcm HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /study"])
def test_a_client_that_leaves_is_no_error(request_text, capfd):
    """A connection that is reset, before or while the answer is sent, leaves no traceback behind."""
    with serving(bytes(32 << 20)) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(request_text)
        time.sleep(0.1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        time.sleep(0.3)
    assert "" == capfd.readouterr().err
