"""The doors out of the house: SMTP, an SMS gateway, Zalo's notification service. Each takes a message and tells what
became of it; none raises for what a provider does.

What comes back from a provider is believed only as far as it has the agreed shape: anything else is an answer that we do
not understand, which is tried again with the same key.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any, Literal
from uuid import UUID

import requests
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from tinhso.modules.notifications.rules import Channel, paragraphs

# (connect, answer) in seconds: one slow provider holds up its own channel only, and not for long.
TIMEOUT = (3.05, 10)


@dataclass(frozen=True)
class Outcome:
    """`sent`: taken, under `ref`. `refused`: never will be. `later`: this message not now. `down`: nothing goes now."""

    how: Literal["sent", "refused", "later", "down"]
    ref: str = ""
    error: str = ""


@dataclass(frozen=True)
class Letter:
    """What a door is given."""

    key: UUID
    address: str
    subject: str
    text: str
    url: str
    provider_template: str
    values: Mapping[str, str]


def connected(channel: Channel) -> bool:
    """Has this deployment the channel at all?"""
    return bool(settings.NOTIFICATIONS_PROVIDERS[channel.value]["url"])


def send_through(channel: Channel, letter: Letter) -> Outcome:
    return _DOORS[channel](letter)


def _by_email(letter: Letter) -> Outcome:
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((_capital(settings.PROVINCE["full_name"]), settings.DEFAULT_FROM_EMAIL)),
        to=[letter.address],
        # The same on every attempt: mail programs show a repeated letter once (see README, the window).
        headers={
            "Message-ID": f"<{letter.key}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
        connection=get_connection(timeout=TIMEOUT[1]),
    )
    context = {
        "subject": letter.subject,
        "paragraphs": paragraphs(letter.text),
        "province": settings.PROVINCE,
        "url": f"{settings.PUBLIC_ORIGIN}{letter.url}",
    }
    mail.attach_alternative(render_to_string("notifications/mail/notice.html", context), "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        permanent = bool(codes) and all(500 <= code < 600 for code in codes)
        return Outcome("refused" if permanent else "later", error=f"smtp_{max(codes, default=0)}")
    except smtplib.SMTPResponseException as error:
        # 5xx to a whole letter (too large, policy) is about the letter; log-in troubles are about us.
        about_us = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError)
        how: Literal["down", "refused", "later"] = (
            "down" if about_us or error.smtp_code == 421 else "refused" if error.smtp_code >= 500 else "later"
        )
        return Outcome(how, error=f"smtp_{error.smtp_code}")
    except (smtplib.SMTPException, OSError) as error:
        return Outcome("down", error=type(error).__name__)
    except ValueError as error:
        # An address that cannot stand in a header.
        return Outcome("refused", error=type(error).__name__)
    return Outcome("sent", ref=str(letter.key))


def _capital(text: str) -> str:
    """ "tỉnh Thanh Hóa" → "Tỉnh Thanh Hóa"; str.capitalize would lower the rest."""
    return text[:1].upper() + text[1:]


def _by_sms(letter: Letter) -> Outcome:
    """A brandname gateway: JSON in, `CodeResult` "100" and an `SMSID` out. `RequestId` makes a repeated request one."""
    provider = settings.NOTIFICATIONS_PROVIDERS["sms"]
    body = {
        "ApiKey": provider["key"],
        "SecretKey": provider["secret"],
        "Brandname": provider["sender"],
        "SmsType": "2",
        "Phone": letter.address,
        "Content": letter.text,
        "RequestId": str(letter.key),
    }
    answer = _post(provider["url"], body, {})
    if isinstance(answer, Outcome):
        return answer
    code = str(answer.get("CodeResult", ""))
    if code == "100" and answer.get("SMSID"):
        return Outcome("sent", ref=str(answer["SMSID"])[:80])
    if code in ("99", "118"):
        return Outcome("refused", error=f"sms_{code}")  # not a number that takes messages
    if code in ("101", "103", "104"):
        return Outcome("down", error=f"sms_{code}")  # our account: key, balance, brandname
    return Outcome("later", error=f"sms_{code[:20] or 'unknown'}")


def _by_zalo(letter: Letter) -> Outcome:
    """ZNS: an approved template with its data, `tracking_id` makes a repeated request one."""
    provider = settings.NOTIFICATIONS_PROVIDERS["zalo"]
    phone = f"84{letter.address[1:]}" if letter.address.startswith("0") else letter.address
    body = {
        "phone": phone,
        "template_id": letter.provider_template,
        "template_data": dict(letter.values),
        "tracking_id": str(letter.key),
    }
    answer = _post(provider["url"], body, {"access_token": provider["key"]})
    if isinstance(answer, Outcome):
        return answer
    data = answer.get("data")
    code = answer.get("error")
    if code == 0 and isinstance(data, dict) and data.get("msg_id"):
        return Outcome("sent", ref=str(data["msg_id"])[:80])
    if code in (-114, -118, -119):
        return Outcome("refused", error=f"zalo_{code}")  # no such account, or it takes no messages
    if code in (-124, -216, -115):
        return Outcome("down", error=f"zalo_{code}")  # our token, our quota
    return Outcome("later", error=f"zalo_{str(code)[:20]}")


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any] | Outcome:
    try:
        response = requests.post(url, json=body, headers=dict(headers), timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        return Outcome("down", error=type(error).__name__)
    if response.status_code >= 500 or response.status_code == 429:
        return Outcome("down", error=f"http_{response.status_code}")
    try:
        answer = response.json()
    except ValueError:
        return Outcome("later", error=f"http_{response.status_code}_no_json")
    if not isinstance(answer, dict):
        return Outcome("later", error="answer_no_object")
    return answer


_DOORS: dict[Channel, Callable[[Letter], Outcome]] = {
    Channel.EMAIL: _by_email,
    Channel.SMS: _by_sms,
    Channel.ZALO: _by_zalo,
}
