"""An HTTP server that answers ranges, counts what it is asked, and misbehaves on demand (RFC 9110 14)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What the server holds and does; tests change it while it runs."""

    url: str = ""
    data: bytes = b""
    etag: str = '"1"'
    modified: str = ""
    #: (first byte, last byte) of each request, in order; None without a range.
    ranges: list[tuple[int, int] | None] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ignores_ranges: bool = False
    ignores_if_range: bool = False
    largest_part: int | None = None
    #: Sent too much, or cut off, by so many bytes.
    surplus: int = 0
    missing: int = 0
    #: Statuses of the next answers; 0 closes the connection without one.
    failures: list[int] = field(default_factory=list)
    content_range: str | None = None
    encoding: str = ""
    password: str = ""
    redirect: str = ""

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.ranges)

    @property
    def bytes_asked(self) -> int:
        """How much was asked for in all."""
        return sum(part[1] - part[0] + 1 for part in self.ranges if part is not None)

    def forget(self) -> None:
        """Count anew."""
        self.ranges.clear()
        self.headers.clear()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            # A client may leave whenever it has what it wanted, or is done waiting.
            with suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            text = self.headers.get("Range", "")
            asked = None
            if text:
                first, _, last = text.removeprefix("bytes=").partition("-")
                asked = (int(first), int(last))
            server.ranges.append(asked)
            server.headers.append(dict(self.headers))
            if server.failures:
                status = server.failures.pop(0)
                if not status:
                    self.close_connection = True
                    return
                self.empty(status)
            elif server.redirect:
                self.empty(302, Location=server.redirect)
            elif server.password and not self.is_authorised():
                self.empty(401)
            else:
                self.answer(asked)

        def is_authorised(self) -> bool:
            expected = base64.b64encode(f"user:{server.password}".encode()).decode()
            return self.headers.get("Authorization") == f"Basic {expected}"

        def answer(self, asked: tuple[int, int] | None) -> None:
            data = server.data
            condition = self.headers.get("If-Range")
            is_other = condition is not None and condition != server.etag and not server.ignores_if_range
            if asked is None or server.ignores_ranges or is_other:
                self.send(200, data, "")
            elif asked[0] >= len(data):
                self.empty(416, **{"Content-Range": f"bytes */{len(data)}"})
            else:
                last = min(asked[1], len(data) - 1)
                if server.largest_part is not None:
                    last = min(last, asked[0] + server.largest_part - 1)
                content_range = server.content_range or f"bytes {asked[0]}-{last}/{len(data)}"
                self.send(206, data[asked[0] : last + 1] + bytes(server.surplus), content_range)

        def send(self, status: int, body: bytes, content_range: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (
                ("ETag", server.etag),
                ("Last-Modified", server.modified),
                ("Content-Range", content_range),
                ("Content-Encoding", server.encoding),
            ):
                if value:
                    self.send_header(name, value)
            self.end_headers()
            if server.missing:
                self.wfile.write(body[: -server.missing])
                self.close_connection = True
            else:
                self.wfile.write(body)

        def empty(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


@contextmanager
def serving(data: bytes = b"") -> Iterator[Server]:
    """Serve `data` on a free port of this machine."""
    server = Server(data=data)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}/study/image.dcm"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
