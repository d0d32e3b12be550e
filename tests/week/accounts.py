"""Money, store, ratings, notices, post, hall, index and the outbox beside the recount."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.urls import reverse

from tests.week.ground import LOOKER, Ground
from tests.week.ledger import Ledger
from tests.week.people import Office
from tests.week.recount import Recount
from tests.week.scenario import DAYS, Planted
from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.events.models import Delivery
from tinhso.modules.archive import api as archive
from tinhso.modules.archive.models import Document, DocumentEnding, DocumentUse
from tinhso.modules.counters.models import Ticket
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Digitisation, Paper, Party, Rated, Rating, Result
from tinhso.modules.notifications.models import Message, Notice
from tinhso.modules.payments.models import (
    Attempt,
    Charge,
    Difference,
    Payment,
    ProviderMessage,
    Receipt,
    Refund,
    Statement,
)
from tinhso.modules.post.models import Consignment, Told


def day_of(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()


def money(ledger: Ledger, office: Office, ground: Ground, again: Recount, planted: Planted) -> None:
    payments = list(Payment.objects.order_by("pk").values())
    charges = {row["id"]: row for row in Charge.objects.values()}
    refunds = list(Refund.objects.values())
    receipts = list(Receipt.objects.values())
    for row in again.dossiers:
        charge = charges.get(row["charge_id"])
        fits = {
            "free": (None, "exempt", "cancelled"), "unknown": (None, "exempt", "cancelled"), "due": ("open",),
            "paid": ("paid",), "refunded": ("refunded",),
        }[row["money_state"]]  # fmt: skip
        state = None if charge is None else charge["state"]
        ledger.same(f"money state {row['money_state']} fits its charge {state}", state in fits, True, [row["code"]])
        newest = max(
            (one["id"] for one in charges.values() if one["subject_ref"] == f"dossier:{row['id']}"), default=None
        )
        ledger.same("the charge that a dossier follows is its newest", row["charge_id"], newest, [row["code"]])
        open_charges = [
            one for one in charges.values() if one["subject_ref"] == f"dossier:{row['id']}" and one["state"] == "open"
        ]
        over = row["state"] in (3, 7, 8)
        ledger.same("open charges", len(open_charges), 0 if over else int(row["money_state"] == "due"), [row["code"]])
    settling = {one["charge_id"] for one in payments if not one["is_surplus"]}
    for number, charge in charges.items():
        code = [charge["subject_code"]]
        ledger.same("charge paid has its payment", number in settling, charge["state"] in ("paid", "refunded"), code)
        paid = sum(one["amount"] for one in payments if one["charge_id"] == number and not one["is_surplus"])
        if number in settling:
            ledger.same("charge and payment: amount", paid, charge["amount"], code)
        back = sum(
            one["amount"] for one in refunds
            if one["state"] == "done" and one["payment_id"] in
            {p["id"] for p in payments if p["charge_id"] == number and not p["is_surplus"]}
        )  # fmt: skip
        ledger.same("charge refunded", charge["state"] == "refunded", back > 0 and back == paid, code)
    ledger.same(
        "receipts: one for each payment that settled", sorted(one["payment_id"] for one in receipts),
        sorted(one["id"] for one in payments if not one["is_surplus"]),
    )  # fmt: skip
    series: dict[tuple[Any, ...], list[int]] = {}
    for one in receipts:
        series.setdefault((one["organisation_id"], one["year"], one["series"]), []).append(one["number"])
    for key, found in series.items():
        ledger.same(f"receipts {key}: without a gap", sorted(found), list(range(1, len(found) + 1)))
    _day_books(ledger, office, ground, payments, refunds)
    _refund_pages(ledger, office, refunds)
    wrong = office.get("tiepnhan", reverse("dossiers:money_check")).context
    ledger.none("money check: disagreements", [row.code for row in wrong.get("rows", ())])
    _attempts(ledger, planted)
    _statements(ledger, ground, planted)


def _day_books(
    ledger: Ledger, office: Office, ground: Ground, payments: list[dict[str, Any]], refunds: list[dict[str, Any]]
) -> None:
    for day in DAYS:
        query = {"organisation": str(ground.office_id), "day": f"{day:%d/%m/%Y}"}
        book = office.get("tiepnhan", reverse("payments:day_book"), query).context["book"]
        own = [one for one in payments if one["organisation_id"] == ground.office_id and day_of(one["paid_at"]) == day]
        ledger.same(f"day book of {day}: payments", [row.payment_id for row in book.rows], [one["id"] for one in own])
        ledger.same(f"day book of {day}: sum", book.total, sum(one["amount"] for one in own))
        by_method = Counter[str]()
        for one in own:
            by_method[one["method"]] += one["amount"]
        ledger.same(f"day book of {day}: by method", {str(t.method): t.amount for t in book.totals}, dict(by_method))
        back = [
            one["amount"] for one in refunds
            if one["done_at"] is not None and day_of(one["done_at"]) == day
            and one["organisation_id"] == ground.office_id
        ]  # fmt: skip
        ledger.same(f"day book of {day}: given back", book.refunded, sum(back))


def _refund_pages(ledger: Ledger, office: Office, refunds: list[dict[str, Any]]) -> None:
    page = office.get("truongphong", reverse("payments:refunds")).context
    for name, states in (("asked", ("asked",)), ("approved", ("approved",)), ("finished", ("done", "declined"))):
        ledger.same(f"refunds {name}", sorted(row.id for row in page[name]),
                    sorted(one["id"] for one in refunds if one["state"] in states))  # fmt: skip


def _attempts(ledger: Ledger, planted: Planted) -> None:
    paid = {one["id"] for one in Attempt.objects.filter(state="paid").values()}
    ledger.same("attempts paid and their payments", sorted(paid),
                sorted(Payment.objects.exclude(attempt=None).values_list("attempt_id", flat=True)))  # fmt: skip
    verdicts = Counter(ProviderMessage.objects.values_list("verdict", flat=True))
    ledger.same(
        "forged or wrong callbacks: none believed", verdicts["forged"] + verdicts["wrong_amount"], planted.forged
    )
    told_again = sum(one - 1 for one in ProviderMessage.objects.values_list("times", flat=True) if one > 1)
    ledger.same("callbacks told three times: known again", told_again, 2 * planted.repeated)


def _statements(ledger: Ledger, ground: Ground, planted: Planted) -> None:
    """Exactly the faults that the statements were given."""
    wanted: Counter[tuple[str, date, str]] = Counter()
    for (provider, day), lie in planted.statements.items():
        double = ground.paying[provider]
        paid = [one for one in double.orders.values() if one.paid_at and one.paid_at.date() == day]
        if lie == "extra":
            wanted[provider, day, "not_here"] += 1
        elif lie == "drop" and paid:
            wanted[provider, day, "not_there"] += 1
        elif lie == "amount" and paid:
            wanted[provider, day, "amount"] += 1
    for row in Refund.objects.filter(state="done", payment__method__in=sorted(ground.paying)).select_related("payment"):
        # Given back by hand here, and the provider was not told: its statement says otherwise.
        wanted[row.payment.method, day_of(row.payment.paid_at), "amount"] += 0
    found = Counter((row.provider, row.day_date, row.kind) for row in Difference.objects.filter(settled_at=None))
    for key in {*wanted, *found}:
        if key[2] == "refund":
            continue
        ledger.same(f"differences {key[0]} {key[1]} {key[2]}", found[key], wanted[key],
                    Difference.objects.filter(provider=key[0], day_date=key[1]).values_list("reference", flat=True))  # fmt: skip
    ledger.same("statements read", Statement.objects.filter(superseded_at=None).count(), len(planted.statements))


def store(ledger: Ledger, again: Recount) -> None:
    """Results and digitised papers against the documents of the store; uses against papers."""
    documents = {row["source_ref"]: row for row in Document.objects.values()}
    ended = set(DocumentEnding.objects.values_list("document_id", flat=True))
    numbers = {
        (row["dossier_id"], row["role"]): row["identity_number"]
        for row in Party.objects.values("dossier_id", "role", "identity_number")
    }

    def has_owner(row: dict[str, Any]) -> bool:
        """Papers belong to whom the dossier is for; without a number there is nobody to keep them for."""
        other = row["acting_as"] in ("authorised", "organisation")
        return bool(numbers.get((row["id"], "subject" if other else "applicant")))

    for result in Result.objects.values():
        document = documents.get(f"result:{result['id']}")
        row = again.by_id[result["dossier_id"]]
        ledger.same("result in the store", document is not None, has_owner(row), [row["code"]])
        if document is not None:
            ledger.same("store: number of the result", document["number"], result["notation"], [row["code"]])
            ledger.same("store: who issued", document["issuer_id"], result["organisation_id"], [row["code"]])
            ledger.same(
                "store: in force as the result", document["id"] not in ended, result["is_current"], [row["code"]]
            )
    scanned = {
        f"paper:{row['id']}": again.by_id[row["dossier_id"]]
        for row in Paper.objects.exclude(digitisation=None).values("id", "dossier_id")
    }
    kept = [ref for ref, row in scanned.items() if row["accepted_at"] is not None and has_owner(row)]
    ledger.same_codes("digitised papers in the store", [ref for ref in documents if ref.startswith("paper:")], kept)
    ledger.same("digitisations and papers", Digitisation.objects.count(), len(scanned))
    uses = list(DocumentUse.objects.values())
    ledger.same_codes("proofs of reuse", [str(one["id"]) for one in uses],
                      [str(pk) for pk in Paper.objects.exclude(reuse=None).values_list("reuse_id", flat=True)])  # fmt: skip
    counted = Counter(one["agency_id"] for one in uses)
    shown = archive.reuse_counts(since=DAYS[0], until=DAYS[-1] + timedelta(days=1))
    ledger.same("documents reused by agency", {one.agency_id: one.documents for one in shown}, dict(counted))
    for one in uses:
        row = again.by_id[int(one["dossier_ref"].partition(":")[2])]
        ledger.same("proof of reuse: dossier and agency", (one["dossier_code"], one["agency_id"]),
                    (row["code"], row["agency_id"]), [row["code"]])  # fmt: skip


def post_and_hall(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    consignments = list(Consignment.objects.order_by("pk").values())
    last = {int(one["reference"].partition(":")[2]): one for one in consignments}
    for number, one in last.items():
        row = again.by_id[number]
        wanted = {
            "delivered": ("by_post",),
            "returned": ("post_back", "handed_over", "sent_online", "by_post", "waiting"),
        }
        # A corrected result goes out again after the first was delivered.
        exchanged = any(result["replaces_id"] for result in again.results[number])
        fits = row["delivery_state"] in wanted.get(one["state"], ("posted",)) or exchanged
        ledger.same(f"post: {one['state']} and delivery {row['delivery_state']}", fits, True, [row["code"]])
    for row in again.dossiers:
        if row["delivery_state"] in ("posted", "by_post", "post_back"):
            ledger.same("post: has a consignment", row["id"] in last, True, [row["code"]])
    held = {parcel.code: parcel for parcel in ground.post.parcels.values()}
    ledger.same_codes("post: parcels here and there", held,
                      [one["tracking_code"] for one in consignments if one["tracking_code"]])  # fmt: skip
    ledger.same("post: messages once each", Told.objects.count(), sum(len(one.events) for one in held.values()))
    ledger.same("tickets taken", Ticket.objects.count(), office.did["ticket"])
    states = Counter(Ticket.objects.values_list("state", flat=True))
    ledger.same("tickets: every one somewhere", sum(states.values()), office.did["ticket"])
    ledger.same("tickets called and ended", states["done"] + states["absent"], office.did["serve"])
    for day in DAYS:
        found = sorted(Ticket.objects.filter(date=day).values_list("number", flat=True))
        ledger.same(f"tickets of {day}: without a gap", found, list(range(1, len(found) + 1)))


def notices(ledger: Ledger, again: Recount) -> None:
    """Each once; sent is not delivered; who was asked, answered for or given a result was told of it."""
    keys = Counter(Notice.objects.values_list("key", flat=True))
    ledger.none("notices told twice", [key for key, times in keys.items() if times > 1])
    about = Counter(Notice.objects.values_list("kind", "about"))
    # Without account and address nobody can be told; telephones are not connected here.
    addresses = dict(Party.objects.filter(role="applicant").values_list("dossier_id", "email"))
    for row in again.dossiers:
        ref, code = f"dossier:{row['id']}", [row["code"]]
        for kind, count in (
            ("accepted", int(row["accepted_at"] is not None)),
            ("refused", int(row["state"] == 3)),
            ("supplement", len(again.supplements[row["id"]])),
        ):
            told = count if row["owner_id"] is not None or addresses.get(row["id"]) else 0
            ledger.same(f"notices: {kind}", about[kind, ref], told, code)
    for row in Message.objects.values("id", "state", "sent_at", "delivered_at"):
        if row["state"] == "sent":
            ledger.same("sent is not delivered", row["delivered_at"], None, [f"message {row['id']}"])
        if row["state"] == "queued":
            ledger.same("queued is not sent", row["sent_at"], None, [f"message {row['id']}"])


def outbox(ledger: Ledger) -> None:
    ledger.none("outbox: waits", Delivery.objects.filter(status="pending").values_list("subscriber", flat=True))
    parked = Delivery.objects.filter(status="parked").values_list("subscriber", "last_error")
    ledger.none("outbox: parked", parked)


def satisfaction(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    """After the month: the page, the ratings, and what the index makes of them."""
    ledger.same("ratings and rated dossiers", Rating.objects.count(), Rated.objects.count())
    ratings = list(Rating.objects.filter(agency_id=ground.agency_id).values("overall"))
    query = {"from": "2026-12-01", "until": "2026-12-31"}
    page = office.get(LOOKER, reverse("scorecards:satisfaction"), query).context
    own = [row for row in page["rows"] if row["id"] == ground.agency_id]
    if len(ratings) < dossiers.RATINGS_SHOWN_FROM:
        ledger.same("satisfaction: too few are not shown", own, [])
        return
    counted = (len(ratings), sum(one["overall"] >= 4 for one in ratings), sum(one["overall"] <= 2 for one in ratings))
    shown = [(row["total"], row["satisfied"], row["dissatisfied"]) for row in own]
    ledger.same("satisfaction of the ward", shown, [counted])


def index(ledger: Ledger, again: Recount) -> None:
    """The indicators that have a source, of the ward, recounted for the month."""
    from tinhso.kernel.access.api import SYSTEM
    from tinhso.modules.scorecards.queries.scores import shares_of

    until = date(2026, 12, 31)
    now = datetime.combine(until + timedelta(days=3), time(9), VIETNAM)
    month = Recount(date(2026, 12, 1), until, now)
    shares = shares_of(since=date(2026, 12, 1), until=until, actor=SYSTEM, now=now)
    by_code = {row["code"]: row for row in month.dossiers}
    for number in {one.agency_id for one in month.people()}:
        own = [one for one in month.people() if one.agency_id == number and one.standing != "refused"]
        facts = {one.code: _facts(month, by_code[one.code]) for one in own}
        late = {"late", "working_late", "paused_late"}
        fresh = [one for one in own if one.origin != "carried"]
        counted = {
            "settled_on_time": (sum(one.standing not in late and facts[one.code]["asked"] <= 1 for one in own), len(own)),
            "results_digital": (sum(facts[one.code]["result"] for one in own), len(own)),
            "papers_digitised": (sum(facts[one.code]["result"] and facts[one.code]["file"] for one in own), len(own)),
            "data_reused": (sum(facts[one.code]["reused"] for one in own), len(own)),
            "dossiers_online": (sum(one.origin == "online" and facts[one.code]["result"] for one in fresh), len(fresh)),
        }  # fmt: skip
        for key, wanted in counted.items():
            share = shares.get(number, {}).get(key)
            shown = None if share is None else (share.numerator, share.denominator)
            ledger.same(f"index, {key}", shown, wanted, [one.code for one in own])


def _facts(month: Recount, row: dict[str, Any]) -> dict[str, Any]:
    papers = month.papers[row["id"]]
    return {
        "asked": row["supplement_count"],
        "result": any(one["file_id"] is not None for one in month.results[row["id"]]),
        "file": any(one["file_id"] is not None for one in papers),
        "reused": any(one["reuse_id"] is not None for one in papers),
    }


def all_of(ledger: Ledger, office: Office, ground: Ground, again: Recount, planted: Planted) -> None:
    ledger.section("money", lambda: money(ledger, office, ground, again, planted))
    ledger.section("store", lambda: store(ledger, again))
    ledger.section("post, hall", lambda: post_and_hall(ledger, office, ground, again))
    ledger.section("notices", lambda: notices(ledger, again))
    ledger.section("outbox", lambda: outbox(ledger))


def after_the_month(ledger: Ledger, office: Office, ground: Ground, again: Recount) -> None:
    """What is shown only when the month is over."""
    ledger.section("satisfaction", lambda: satisfaction(ledger, office, ground, again))
    ledger.section("index", lambda: index(ledger, again))
