"""A server on the loopback interface with the faults of real ones."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """What the server has, and what it does wrong.

    cut: for each further request, after how many bytes the connection ends; then it works. statuses: answers to the
    next requests. etags, lengths, ranges:
    whether it says and can do that. chunked: sends pieces instead of a length. moved: from a file to another address.
    hold: waits for this before it sends. asked, sent: the requests so far with their ranges, and the bytes.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    etags: bool = True
    lengths: bool = True
    ranges: bool = True
    chunked: bool = False
    kind: str = "application/octet-stream"
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0
    url: str = ""
    hold: threading.Event | None = None


@contextmanager
def serving() -> Iterator[Server]:
    """A server that runs while the block does."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            answer(self, server)

    class Patient(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no error of the server."""

    with Patient(("127.0.0.1", 0), Handler) as http:
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        http.shutdown()
        thread.join()


def answer(request: BaseHTTPRequestHandler, server: Server) -> None:
    name = request.path.lstrip("/")
    asked = request.headers.get("Range")
    server.asked.append((name, asked))
    if name in server.moved:
        return plain(request, 302, Location=server.moved[name])
    if server.statuses:
        return plain(request, server.statuses.pop(0))
    if name not in server.files:
        return plain(request, 404)
    content = server.files[name]
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers, first = {"Content-Type": server.kind}, 0
    if server.etags:
        headers["ETag"] = etag
    if asked and server.ranges and request.headers.get("If-Range", etag) == etag:
        first = int(asked.removeprefix("bytes=").rstrip("-"))
        if first >= len(content):
            return plain(request, 416, **{"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
    send(request, server, content[first:], 206 if "Content-Range" in headers else 200, headers)


def send(request, server: Server, body: bytes, status: int, headers: dict[str, str]) -> None:
    request.send_response(status)
    for key, value in headers.items():
        request.send_header(key, value)
    if server.chunked:
        request.send_header("Transfer-Encoding", "chunked")
    elif server.lengths:
        request.send_header("Content-Length", str(len(body)))
    if not server.lengths or server.cut:
        request.close_connection = True
        request.send_header("Connection", "close")
    request.end_headers()
    cut = server.cut.pop(0) if server.cut else len(body)
    piece = body[:cut]
    if server.hold is not None:
        server.hold.wait(20)
    server.sent += len(piece)
    if server.chunked:
        request.wfile.write(
            f"{len(piece):x}\r\n".encode() + piece + b"\r\n" + (b"0\r\n\r\n" if cut >= len(body) else b"")
        )
    else:
        request.wfile.write(piece)
    request.wfile.flush()


def plain(request: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    request.send_response(status)
    for key, value in {"Content-Length": "0", **headers}.items():
        request.send_header(key, value)
    request.end_headers()
