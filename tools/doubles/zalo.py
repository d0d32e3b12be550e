"""A stand-in for Zalo's notification service (ZNS): a template with its data in, an event of the webhook out.

python tools/doubles/zalo.py --port 9102
"""

from __future__ import annotations

import json
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.doubles.messaging import Provider, Taken, main

APP = "app"


class Zalo(Provider):
    title: ClassVar[str] = "Zalo ZNS (double)"

    def read(self, body: Any, headers: Any) -> Taken | dict[str, Any]:
        if headers.get("access_token") != "key":
            return {"error": -216, "message": "Access token is invalid"}
        phone = str(body.get("phone", ""))
        if not (phone.isdigit() and phone.startswith("84")):
            return {"error": -114, "message": "Zalo account not existed"}
        text = f"{body.get('template_id')}: {json.dumps(body.get('template_data'), ensure_ascii=False)}"
        return Taken(str(body["tracking_id"]), "", phone, text)

    def accepted(self, message: Taken) -> dict[str, Any]:
        if self.behaviour.lie == "no_id":
            return {"error": 0, "message": "Success"}
        data = {"msg_id": message.number, "sent_time": str(int(time.time() * 1000)), "sending_mode": "1"}
        return {"error": 0, "message": "Success", "data": data}

    def report(self, message: Taken, number: str) -> tuple[bytes, dict[str, str]] | None:
        if self.behaviour.outcome != "delivered":
            return None  # Zalo tells of what arrived, not of what did not
        now = str(int(time.time() * 1000))
        body = json.dumps(
            {
                "event_name": "user_received_message",
                "app_id": APP,
                "message": {"delivery_time": now, "msg_id": number, "tracking_id": message.key},
                "timestamp": now,
            }
        ).encode()
        mac = sha256(APP.encode() + body + now.encode() + self.signing_secret.encode()).hexdigest()
        return body, {"X-ZEvent-Signature": f"mac={mac}", "X-ZEvent-Timestamp": now}


if __name__ == "__main__":
    main(Zalo, port=9102, path="zalo")
