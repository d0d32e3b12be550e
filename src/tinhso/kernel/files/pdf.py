"""Asks `pdf_inspector` about a PDF, in bounded time: the inspector is a child process that is killed when it hangs."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tinhso.kernel.files.rules import FileRefused

SECONDS = 10.0
_WAIT_FOR_TURN = 2.0
_USES = 200

_SAVE_AGAIN = "Mở tệp, in lại thành PDF (Print to PDF) rồi gửi lại."
_MESSAGES = {
    "encrypted": "Tệp PDF có mật khẩu hoặc bị khóa. Bỏ mật khẩu rồi lưu lại, hoặc in lại thành PDF mới.",
    "active": "Tệp PDF có mã chạy (JavaScript, lệnh mở chương trình, biểu mẫu động) nên không nhận. " + _SAVE_AGAIN,
    "embedded": "Tệp PDF có tệp khác đính kèm bên trong nên không nhận. Gửi riêng từng tệp, hoặc in lại thành PDF.",
    "empty": "Tệp PDF không có trang nào. Mở thử tệp rồi gửi lại.",
    "broken": "Tệp PDF bị hỏng, không đọc được. " + _SAVE_AGAIN,
    "complex": "Tệp PDF quá phức tạp nên không kiểm tra được. " + _SAVE_AGAIN,
}


def check_pdf(path: Path) -> None:
    """Raise `FileRefused` for an encrypted, active, broken or endless PDF. At most about ten seconds."""
    verdict = _inspector.ask(path)
    if verdict != "ok":
        raise FileRefused(_MESSAGES.get(verdict, _MESSAGES["broken"]))


def count_pages(path: Path) -> int | None:
    """How many pages a PDF that passed `check_pdf` has; None: it cannot be told in time."""
    told = _inspector.ask(path, "pages:")
    return int(told) if told.isdecimal() else None


class _Child:
    """One inspector process. It ends with its standard input, so also when the server is killed."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.uses = 0
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", str(Path(__file__).with_name("pdf_inspector.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes to the inspector")
        self.process, self.stdin, self.stdout = process, process.stdin, process.stdout

    def ask(self, path: Path, question: str = "") -> str | None:
        """The verdict, or None when the child died or took too long; it is of no more use then."""
        self.uses += 1
        try:
            self.stdin.write(question.encode() + os.fsencode(path) + b"\n")
            self.stdin.flush()
        except OSError:
            return None
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdout, selectors.EVENT_READ)
            if not selector.select(SECONDS):
                return None
        line = self.stdout.readline().decode().strip()
        return line or None

    def end(self) -> None:
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        self.stdout.close()
        with suppress(OSError):
            self.stdin.close()


class _Inspector:
    """Keeps one child warm per server process; who does not get a turn soon uses a child of its own."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def ask(self, path: Path, question: str = "") -> str:
        if not self._turn.acquire(timeout=_WAIT_FOR_TURN):
            child = _Child()
            try:
                return child.ask(path, question) or "complex"
            finally:
                child.end()
        try:
            child = self._ready()
            verdict = child.ask(path, question)
            if verdict is None or verdict in ("broken", "complex") or child.uses >= _USES:
                self._child = None
                child.end()
            return verdict or "complex"
        finally:
            self._turn.release()

    def _ready(self) -> _Child:
        child = self._child
        # A forked server must not talk through its parent's pipes; a dead child is replaced.
        if child is None or child.owner != os.getpid() or child.process.poll() is not None:
            child = self._child = _Child()
        return child


_inspector = _Inspector()
