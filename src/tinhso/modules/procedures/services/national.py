"""Asking the national procedure database: JSON over HTTP with a session. Knows the wire, not the catalogue."""

from __future__ import annotations

import json
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError

PAGE_SIZE = 200
_EXPIRED = "-1"


class NationalUnavailable(Exception):
    """No usable answer: down, too slow, or not let in. Worth trying again later."""


class NationalRefused(NationalUnavailable):
    """It answered, but not with what was asked: an error code, or no JSON. Other questions may still be answered."""


class NationalSource(Protocol):
    """Where procedures come from. Answers are what was sent, not judged yet."""

    def list_page(self, page: int) -> Any: ...

    def procedure(self, code: str) -> Any: ...


class NationalDatabase:
    """The national database behind an address. One session for many calls; a session that ran out is renewed once."""

    def __init__(self, *, url: str, username: str, password: str, seconds: float = 20.0) -> None:
        self._url = url.rstrip("/")
        self._account = {"username": username, "password": password}
        self._session = ""
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5.0, read=seconds), retries=False, headers={"Accept": "application/json"}
        )

    def list_page(self, page: int) -> Any:
        return self._ask({"service": "LayDanhSachTTHC", "page": page, "pageSize": PAGE_SIZE})

    def procedure(self, code: str) -> Any:
        return self._ask({"service": "LayThuTuc", "MATTHC": code})

    def _ask(self, what: dict[str, Any]) -> Any:
        for renewed in (False, True):
            if not self._session or renewed:
                self._log_in()
            answer = self._post("/service", {"session": self._session, **what})
            code = _error_code(answer)
            if code == "0":
                return answer
            if code != _EXPIRED:
                break
        raise NationalRefused(f"{what['service']} trả về mã lỗi {code[:20] or '(trống)'}")

    def _log_in(self) -> None:
        answer = self._post("/login", self._account)
        session = answer.get("session") if isinstance(answer, dict) else None
        if _error_code(answer) != "0" or not isinstance(session, str) or not session:
            raise NationalUnavailable("không đăng nhập được: kiểm tra tài khoản kết nối")
        self._session = session

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            response = self._pool.request("POST", self._url + path, json=body)
        except HTTPError as error:
            # The class tells enough; messages may hold addresses with secrets.
            raise NationalUnavailable(f"không kết nối được ({type(error).__name__})") from error
        if response.status != 200:
            raise NationalUnavailable(f"máy chủ trả về HTTP {response.status}")
        try:
            return json.loads(response.data)
        except ValueError as error:
            raise NationalRefused("trả lời không phải JSON") from error


def _error_code(answer: Any) -> str:
    return str(answer.get("error_code", "")) if isinstance(answer, dict) else ""
