"""A program that speaks clamd's INSTREAM: finds "EICAR" in what it is sent. A real socket, a real protocol."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = self.rfile.read(10)
        if command != b"nINSTREAM\n":
            self.wfile.write(b"UNKNOWN COMMAND\n")
            return
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.server.scanned.append(content)  # type: ignore[attr-defined]
        self.wfile.write(b"stream: Eicar-Test FOUND\n" if b"EICAR" in content else b"stream: OK\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def clamd_at(path: Path) -> Iterator[list[bytes]]:
    """Serve at a socket path; gives the list of what was scanned."""
    with _Server(str(path), _Handler) as server:
        server.scanned = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.scanned  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()
            path.unlink()
