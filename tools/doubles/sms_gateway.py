"""A stand-in for a brandname SMS gateway, in the manner of those sold in Vietnam: one JSON call, one report back.

python tools/doubles/sms_gateway.py --port 9101
"""

from __future__ import annotations

import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.doubles.messaging import Provider, Taken, main


class SmsGateway(Provider):
    title: ClassVar[str] = "SMS gateway (double)"

    def read(self, body: Any, headers: Any) -> Taken | dict[str, Any]:
        if body.get("ApiKey") != "key" or body.get("SecretKey") != "secret":
            return {"CodeResult": "101", "ErrorMessage": "Authorize Failed"}
        phone = str(body.get("Phone", ""))
        if not (phone.isdigit() and phone.startswith("0") and len(phone) == 10):
            return {"CodeResult": "99", "ErrorMessage": "Phone not valid"}
        return Taken(str(body["RequestId"]), "", phone, str(body["Content"]))

    def accepted(self, message: Taken) -> dict[str, Any]:
        if self.behaviour.lie == "no_id":
            return {"CodeResult": "100"}
        return {"CodeResult": "100", "SMSID": message.number}

    def report(self, message: Taken, number: str) -> tuple[bytes, dict[str, str]] | None:
        body = json.dumps(
            {"SMSID": number, "RequestId": message.key, "SendStatus": self.behaviour.outcome, "Phone": message.phone}
        ).encode()
        return body, {"X-Signature": hmac.new(self.signing_secret.encode(), body, sha256).hexdigest()}

    def incoming(self, phone: str, text: str) -> dict[str, Any]:
        body = json.dumps({"MOID": f"MO{len(text):04d}", "Phone": phone, "Content": text}).encode()
        stamp = str(int(time.time()))
        signature = hmac.new(self.signing_secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
        request = urllib.request.Request(
            self.report_url.replace("/reports/sms/", "/incoming/sms/"),
            body,
            {"Content-Type": "application/json", "X-Timestamp": stamp, "X-Signature": signature},
            method="POST",
        )
        try:
            answer: dict[str, Any] = json.loads(urllib.request.urlopen(request, timeout=10).read())
        except urllib.error.HTTPError as refused:
            return {"status": refused.code, "body": refused.read().decode()}
        return answer


if __name__ == "__main__":
    main(SmsGateway, port=9101, path="sms")
