"""Fees that a person would owe but for an exemption, with its ground, so that a receipt and a charge can name it.

The convention of our forms: the question named `fee_exemption` says which ground applies, "none" says that none does, and
the fees' conditions read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tinhso.modules.procedures.rules.conditions import at, holds, pointers_of
from tinhso.modules.procedures.rules.definition import Channel, Definition, FeeLine, fees_due
from tinhso.modules.procedures.rules.describing import answer

QUESTION, NO_EXEMPTION = "fee_exemption", "none"


@dataclass(frozen=True)
class ExemptFee:
    """`line` as it would be owed; `ground` in words, as the form has it."""

    line: FeeLine
    ground: str


def fees_exempt(definition: Definition, data: Mapping[str, Any], channel: Channel) -> tuple[ExemptFee, ...]:
    """The fees of this case that an exemption takes away, in the order of the version."""
    claimed = {
        pointer
        for fee in definition.fees or ()
        for pointer in pointers_of(fee.when)
        if pointer.rpartition("/")[2] == QUESTION and at(data, pointer) not in (None, "", NO_EXEMPTION)
    }
    if not claimed or definition.form is None:
        return ()
    without = deepcopy(dict(data))
    for pointer in claimed:
        *path, last = pointer.split("/")[1:]
        place: Any = without
        for step in path:
            place = place[step]
        place[last] = NO_EXEMPTION
    owed = {fee.key for fee in definition.fees or () if holds(fee.when, data)}
    full = fees_due(definition, without, channel)
    grounds = "; ".join(answer(definition.form, data, pointer)[1] for pointer in sorted(claimed))
    return tuple(ExemptFee(line, grounds) for line in (full.lines if full else ()) if line.key not in owed)
