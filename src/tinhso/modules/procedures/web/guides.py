"""The printable guide of a procedure, from what its page tells."""

from __future__ import annotations

from datetime import datetime

from tinhso.kernel.pdf import print_paper
from tinhso.modules.procedures.print import shapes
from tinhso.modules.procedures.queries import VersionInfo
from tinhso.modules.procedures.rules.wording import condition_in_words
from tinhso.modules.procedures.web.presenting import FeeLineText, Presented, TermLine


def guide_pdf(
    version: VersionInfo, presented: Presented, *, page_url: str, where: tuple[str, ...], now: datetime
) -> bytes:
    """PDF/A-2b. `page_url`: absolute address behind the QR code; `where`: the agencies chosen or known."""
    definition = version.definition
    form = None if definition is None else definition.form
    return print_paper(
        shapes.Guide(
            printed_at=now,
            code=version.code,
            name=version.name,
            plain_name=version.procedure.plain_name,
            summary="" if definition is None else definition.summary,
            field_name=version.procedure.field_name or None,
            who_may_apply=None if definition is None else definition.who_may_apply or None,
            competent_agency=presented.competent or None,
            service_level=presented.service_level.title if presented.service_level else None,
            channels=presented.channels,
            where=where or None,
            papers=None
            if definition is None
            else tuple(
                shapes.GuidePaper(
                    name=paper.name,
                    originals=paper.original,
                    copies=paper.copy,
                    required=paper.required,
                    present_only=paper.present_only,
                    condition=condition_in_words(paper.when, form),
                    note=paper.form_ref or "",
                )
                for paper in definition.papers
            ),
            fees=_fees(presented, version),
            deadlines=_deadlines(presented),
            steps=None if definition is None else definition.steps_text,
            results=None if definition is None else tuple(result.name for result in definition.results),
            legal_basis=None
            if definition is None
            else tuple(shapes.LegalBasis(title=basis.title, number=basis.number) for basis in definition.legal_basis),
            conditions=None if definition is None else definition.conditions or "",
            decision=version.decision,
            valid_from=version.valid_from if definition is not None else None,
            page_url=page_url,
        )
    )


def _fees(presented: Presented, version: VersionInfo) -> tuple[shapes.GuideFee, ...] | None:
    if presented.fees is None:
        if version.is_free:
            return ()
        return (shapes.GuideFee(name="Theo nguồn công bố", amount=presented.fee_text),) if presented.fee_text else None
    return tuple(shapes.GuideFee(name=_fee_name(fee), amount=fee.amount, note=fee.note) for fee in presented.fees)


def _fee_name(fee: FeeLineText) -> str:
    details = "; ".join(part for part in (fee.when, fee.channel) if part)
    return f"{fee.name} ({details})" if details else fee.name


def _deadlines(presented: Presented) -> tuple[str, ...] | None:
    if presented.terms is None:
        return (presented.time_text,) if presented.time_text else None
    return tuple(_term(term) for term in presented.terms)


def _term(term: TermLine) -> str:
    text = f"{term.when}: {term.text}" if term.when else term.text[:1].upper() + term.text[1:]
    return f"{text}. {term.note}" if term.note else text
