"""Where each indicator's figures come from: the modules below, asked once for all agencies of a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from tinhso.kernel.access.api import Actor
from tinhso.kernel.access.web import local_day
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.payments.api import OnlineCounts, online_payment_counts
from tinhso.modules.procedures import api as procedures
from tinhso.modules.scorecards.queries.given import confirmed
from tinhso.modules.scorecards.queries.publication import Judged, judge
from tinhso.modules.scorecards.rules import CERTIFIED_COPIES, PROCEDURE_INDICATORS, Inputs, Share, province_of

Shares = Mapping[int, Mapping[str, Share]]


@dataclass(frozen=True)
class Pair:
    """The procedures (by code) that an indicator counts of an agency, and those of them that count for it."""

    of: frozenset[str]
    good: frozenset[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "good", self.good & self.of)

    @property
    def share(self) -> Share:
        return Share(len(self.good), len(self.of))

    def __or__(self, other: Pair) -> Pair:
        return Pair(self.of | other.of, self.good | other.good)


@dataclass
class Asked:
    """A time and who asks. What several sources need of the modules below is asked for once."""

    since: date
    until: date
    actor: Actor
    now: datetime
    known: dict[int, dict[str, Share]] = field(default_factory=dict)
    # Agency → indicator whose figures are from elsewhere → where from.
    given: dict[int, dict[str, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        return min(self.until, local_day(self.now))

    @cached_property
    def counts(self) -> tuple[dossiers.IndexCounts, ...]:
        return dossiers.index_counts(since=self.since, until=self.until, actor=self.actor, now=self.now)

    @cached_property
    def authority(self) -> procedures.Authority:
        """As at the end of the time; of a time that runs, as today."""
        return procedures.authority(on=self.last_day)

    @cached_property
    def payments(self) -> Mapping[int, OnlineCounts]:
        return online_payment_counts(since=self.since, until=self.until)

    @cached_property
    def copies(self) -> frozenset[int]:
        return dossiers.agencies_issuing_files(
            code=CERTIFIED_COPIES, since=self.since, until=self.until, actor=self.actor, now=self.now
        )

    @cached_property
    def communes(self) -> frozenset[int]:
        return frozenset(
            one.id for one in self.authority.agencies if (one.kind, one.level) == ("people_committee", "commune")
        )

    @cached_property
    def decisions(self) -> Mapping[str, Judged]:
        """By procedure, those whose decision of publication falls in the time."""
        return judge(procedures.decisions_between(self.since, self.until), today=self.last_day)

    @cached_property
    def pairs(self) -> Mapping[int, Mapping[str, Pair]]:
        """Agency → indicator about procedures → the procedures behind it. No query of its own."""
        alike: dict[frozenset[str], Mapping[str, frozenset[str]]] = {}
        found = {}
        for row in self.counts:
            codes = self.authority.of.get(row.agency_id, frozenset())
            if codes not in alike:
                alike[codes] = _kinds(self.authority, codes, self.decisions)
            found[row.agency_id] = _pairs(row, codes, alike[codes], self.payments.get(row.agency_id))
        return found


def _kinds(
    authority: procedures.Authority, codes: frozenset[str], decisions: Mapping[str, Judged]
) -> Mapping[str, frozenset[str]]:
    """The same for all agencies that settle the same."""
    known = [authority.procedures[code] for code in codes]
    decided = {code: decisions[code] for code in codes & decisions.keys()}
    return {
        "decided": frozenset(code for code, one in decided.items() if one.in_time is not None),
        "decided_in_time": frozenset(code for code, one in decided.items() if one.in_time),
        "public": frozenset(code for code, one in decided.items() if one.public_in_time is not None),
        "public_in_time": frozenset(code for code, one in decided.items() if one.public_in_time),
        "online": frozenset(one.code for one in known if one.is_online),
        "complete": frozenset(one.code for one in known if not one.missing),
        "with_fee": frozenset(one.code for one in known if one.has_fee),
        "for_people": frozenset(one.code for one in known if one.for_people),
    }


def _pairs(
    row: dossiers.IndexCounts,
    codes: frozenset[str],
    kinds: Mapping[str, frozenset[str]],
    paid: OnlineCounts | None,
) -> Mapping[str, Pair]:
    charged = frozenset[str]() if paid is None else paid.topics
    paid_online = frozenset[str]() if paid is None else paid.topics_online
    # What was charged has a fee, whatever the catalogue tells.
    with_fee = kinds["with_fee"] | charged
    found = {
        "published_on_time": Pair(kinds["decided"], kinds["decided_in_time"]),
        "made_public_on_time": Pair(kinds["public"], kinds["public_in_time"]),
        "content_complete": Pair(codes, kinds["complete"]),
        "procedures_online": Pair(codes, kinds["online"]),
        "services_used_online": Pair(kinds["online"], row.used_online),
        "procedures_with_fees": Pair(with_fee, charged),
        "procedures_paid_online": Pair(with_fee, paid_online),
        "procedures_with_identity": Pair(kinds["for_people"], row.with_identity),
    }
    return {key: pair for key, pair in found.items() if pair.of}


def _of_dossiers(asked: Asked) -> Shares:
    return {row.agency_id: {key: Share(*pair) for key, pair in row.counts.items()} for row in asked.counts}


def _of_ratings(asked: Asked) -> Shares:
    """5.4: all, less those late and those whose person was dissatisfied. Only where enough people have rated for their
    number to be shown."""
    found = {}
    for row in dossiers.rating_counts(since=asked.since, until=asked.until, actor=asked.actor, now=asked.now):
        settled = asked.known.get(row.agency_id, {}).get("settled_on_time")
        if settled is not None and not row.hidden:
            good = max(0, settled.numerator - row.dissatisfied_in_time)
            found[row.agency_id] = {"service_satisfied": Share(good, settled.denominator)}
    return found


def _of_payments(asked: Asked) -> Shares:
    """3.6, of the charges asked in the time; without any there is nothing to tell."""
    return {
        number: {"dossiers_paid_online": Share(min(row.paid_online, row.charged), row.charged)}
        for number, row in asked.payments.items()
        if number in asked.known and row.charged
    }


def _of_procedures(asked: Asked) -> Shares:
    return {number: {key: pair.share for key, pair in pairs.items()} for number, pairs in asked.pairs.items()}


def _of_copies(asked: Asked) -> Shares:
    """Of communes only: others do not certify copies."""
    return {
        number: {"certified_copies": Share(int(number in asked.copies), 1)}
        for number in asked.known
        if number in asked.communes
    }


def _from_elsewhere(asked: Asked) -> Shares:
    """What people gave and others confirmed, where our own records tell nothing: they always win."""
    found: dict[int, dict[str, Share]] = {}
    for number, figures in confirmed(since=asked.since, until=asked.until, actor=asked.actor).items():
        for key, used in figures.items():
            own = asked.known.get(number, {}).get(key)
            if own is None or not own.denominator:
                found.setdefault(number, {})[key] = used.share
                asked.given.setdefault(number, {})[key] = used.words
    return found


Source = Callable[[Asked], Shares]
# In order: a later one may stand on what the earlier ones told (`Asked.known`).
SOURCES: tuple[Source, ...] = (_of_dossiers, _of_ratings, _of_payments, _of_procedures, _of_copies, _from_elsewhere)


def gather(*, since: date, until: date, actor: Actor, now: datetime) -> Asked:
    """What every source tells of the agencies with dossiers (or given figures) in the time: `known`. A few queries per source."""
    asked = Asked(since, until, actor, now)
    for source in SOURCES:
        for number, shares in source(asked).items():
            asked.known.setdefault(number, {}).update(shares)
    return asked


def whole_of(asked: Asked) -> dict[str, Share]:
    """The shares of all agencies together: dossiers are added up, a procedure of several agencies is counted once (it counts
    where it counts at one of them), and of the certified copies every commune counts, with dossiers or without."""
    found = dict(province_of(tuple(Inputs("", "", own) for own in asked.known.values()), code="", name="").shares)
    for key in PROCEDURE_INDICATORS:
        pairs = [own[key] for own in asked.pairs.values() if key in own]
        if pairs:
            together = Pair(
                frozenset[str]().union(*(one.of for one in pairs)), frozenset[str]().union(*(one.good for one in pairs))
            )
            found[key] = together.share
    if "certified_copies" in found:
        found["certified_copies"] = Share(len(asked.copies & asked.communes), len(asked.communes))
    return found
