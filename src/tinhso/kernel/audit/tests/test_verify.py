"""Whatever is done to the rows by hand, `verify` says so and names the place."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from tinhso.config.commands import verify as command
from tinhso.kernel.access.api import SYSTEM
from tinhso.kernel.audit import guards, rules, verification
from tinhso.kernel.audit.api import days, proof, record, seal, trail, verify, verify_object
from tinhso.kernel.audit.models import AuditDay, Entry, ObjectHead, SealState
from tinhso.kernel.clock import VIETNAM

NOW = datetime(2026, 11, 23, 9, 15, 0, 123456, tzinfo=VIETNAM)
pytestmark = pytest.mark.django_db


def put(ref: str, count: int = 1, now: datetime = NOW) -> None:
    for number in range(count):
        record(who=SYSTEM, action="dossiers.forward", object_ref=ref, after={"step": number}, now=now)


@pytest.fixture
def sealed() -> None:
    """Three days of six lines on three objects; then two lines not sealed yet. The triggers are gone."""
    for day in range(3):
        for ref in ("dossier:1", "dossier:2", "user:1"):
            put(ref, 2, NOW + timedelta(days=day))
        assert seal(now=NOW + timedelta(days=day)) == 6
    put("dossier:1")
    put("dossier:9")
    guards.remove(connection)


def redigest(entry: Entry) -> str:
    """What a careful forger would compute."""
    return rules.digest_of(rules.entry_text(*(getattr(entry, name) for name in verification._CONTENT)))


def test_an_untouched_trail_is_intact(sealed) -> None:
    verdict = verify(now=NOW + timedelta(days=3))
    assert (verdict.ok, verdict.count, verdict.first_broken) == (True, 20, None)
    assert list(Entry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 21))
    assert [(day.first_seq, day.last_seq, day.count) for day in days()] == [
        (19, 20, 2),
        (13, 18, 6),
        (7, 12, 6),
        (1, 6, 6),
    ]


def test_an_empty_trail_is_intact() -> None:
    assert verify(now=NOW) == verification.Verdict(True, 0, None, 0, "")


def test_a_clock_that_goes_back_continues_the_last_day() -> None:
    put("dossier:1")
    seal(now=NOW)
    put("dossier:1")
    seal(now=NOW - timedelta(days=2))
    assert [day.count for day in days()] == [2]
    assert verify(now=NOW).ok


@pytest.mark.parametrize("chunk", [1, 4, 5000])
def test_walking_in_chunks_sees_the_same(sealed, monkeypatch, chunk) -> None:
    monkeypatch.setattr(verification, "CHUNK", chunk)
    assert verify(now=NOW).count == 20
    Entry.objects.filter(seq=9).update(who_label="Người khác")
    assert verify(now=NOW).first_broken == "dòng số 9 (dossier:2, dossiers.forward): nội dung đã bị sửa"


@pytest.mark.parametrize(
    "field",
    ["object_ref", "recorded_us", "who_kind", "who_user_id", "who_label", "action", "reason", "before", "after"],
)
def test_every_field_is_covered(sealed, field) -> None:
    value = 7 if field in ("recorded_us", "who_user_id") else "x.y"
    Entry.objects.filter(seq=8).update(**{field: value})
    assert "dòng số 8 " in (verify(now=NOW).first_broken or "")


def test_a_changed_row_with_its_digest_recomputed(sealed) -> None:
    entry = Entry.objects.get(seq=5)
    entry.reason = "khác"
    entry.digest = redigest(entry)
    entry.save()
    assert "dòng số 5 " in (verify(now=NOW).first_broken or "")


def test_a_removed_row_in_the_middle(sealed) -> None:
    Entry.objects.filter(seq=10).delete()
    assert "dòng số 11 (user:1, dossiers.forward): mất dòng số 10 ở ngay trước" in (verify(now=NOW).first_broken or "")


def test_removed_rows_at_the_end(sealed) -> None:
    seal(now=NOW)
    Entry.objects.filter(seq__gte=19).delete()
    assert "mất các dòng từ số 19 đến số 20" in (verify(now=NOW).first_broken or "")


def test_a_row_removed_before_it_was_sealed(sealed) -> None:
    Entry.objects.get(object_ref="dossier:1", seq=None).delete()
    assert verify(now=NOW).first_broken == "dossier:1: mất dòng cuối (dòng thứ 7 của đối tượng)"


def test_the_only_row_of_an_object_removed_before_it_was_sealed(sealed) -> None:
    Entry.objects.get(object_ref="dossier:9").delete()
    assert "dossier:9" in (verify(now=NOW).first_broken or "")


def test_two_swapped_rows(sealed) -> None:
    first, second = Entry.objects.get(seq=3), Entry.objects.get(seq=6)
    Entry.objects.filter(pk=first.pk).update(seq=1000)
    Entry.objects.filter(pk=second.pk).update(seq=3, chain_digest=first.chain_digest)
    Entry.objects.filter(pk=first.pk).update(seq=6, chain_digest=second.chain_digest)
    assert "dòng số 3 " in (verify(now=NOW).first_broken or "")


def test_a_forged_row_not_sealed(sealed) -> None:
    forged = Entry(
        object_ref="dossier:2",
        object_number=7,
        recorded_us=1,
        who_kind="officer",
        who_label="X",
        action="dossiers.issue",
    )
    forged.digest = redigest(forged)
    forged.save()
    assert "(dossier:2, dossiers.issue): không nối với dòng trước" in (verify(now=NOW).first_broken or "")


def test_a_well_forged_row_without_its_head(sealed) -> None:
    last = Entry.objects.filter(object_ref="dossier:2").latest("object_number")
    forged = Entry(
        object_ref="dossier:2",
        object_number=7,
        prev_object_digest=last.digest,
        recorded_us=1,
        who_kind="officer",
        who_label="X",
        action="dossiers.issue",
    )
    forged.digest = redigest(forged)
    forged.save()
    assert "dossier:2, dossiers.issue" in (verify(now=NOW).first_broken or "")


def test_a_forged_row_with_a_place_of_its_own(sealed) -> None:
    seal(now=NOW)
    Entry.objects.create(
        object_ref="x:1", object_number=1, recorded_us=1, who_kind="x", who_label="X", action="a.b", digest="d", seq=21
    )
    assert "dòng số 21 (x:1, a.b)" in (verify(now=NOW).first_broken or "")


def test_a_chain_recomputed_to_its_end_is_seen_by_the_anchor_only(sealed) -> None:
    before = verify(now=NOW)
    entry = Entry.objects.filter(object_ref="dossier:9").get()
    entry.reason = "khác"
    entry.digest = redigest(entry)
    entry.chain_digest = rules.chain_digest(20, Entry.objects.get(seq=19).chain_digest, entry.digest)
    entry.save()
    ObjectHead.objects.filter(pk="dossier:9").update(digest=entry.digest)
    SealState.objects.update(chain_digest=entry.chain_digest)
    latest, previous = AuditDay.objects.order_by("-day")[:2]
    latest.digest = rules.day_digest(previous.digest, latest.day, latest.first_seq, 20, entry.chain_digest)
    latest.save()
    assert verify(now=NOW).ok
    assert "chuỗi đã bị tính lại" in (verify(now=NOW, anchor=(20, before.last_digest)).first_broken or "")
    assert "chỉ có 20 dòng" in (verify(now=NOW, anchor=(21, before.last_digest)).first_broken or "")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: AuditDay.objects.filter(first_seq=7).update(digest="0" * 64),
        lambda: AuditDay.objects.filter(first_seq=7).delete(),
        lambda: AuditDay.objects.filter(first_seq=7).update(count=5),
        lambda: AuditDay.objects.all().delete(),
        lambda: SealState.objects.update(last_seq=3),
        lambda: SealState.objects.update(chain_digest="0" * 64),
        lambda: SealState.objects.all().delete(),
        lambda: ObjectHead.objects.filter(pk="user:1").update(count=5),
        lambda: ObjectHead.objects.filter(pk="user:1").delete(),
    ],
)
def test_spoilt_summaries_are_seen(sealed, spoil) -> None:
    seal(now=NOW)
    spoil()
    verdict = verify(now=NOW)
    assert not verdict.ok
    assert verdict.first_broken


def test_one_object_is_checked_alone(sealed) -> None:
    assert verify_object("dossier:1").count == 7
    assert verify_object("dossier:404").ok
    Entry.objects.filter(object_ref="dossier:1", object_number=7).delete()
    assert not verify_object("dossier:1").ok
    assert verify_object("dossier:2").ok
    Entry.objects.filter(object_ref="dossier:2", object_number=3).delete()
    assert not verify_object("dossier:2").ok
    Entry.objects.filter(object_ref="user:1", object_number=3).update(after="")
    assert "nội dung đã bị sửa" in (verify_object("user:1").first_broken or "")


def test_the_trail_reads_back_what_was_recorded() -> None:
    record(who=SYSTEM, action="a.b", object_ref="dossier:1", reason="vì sao", after={"b": [1, "ư"], "a": None}, now=NOW)
    (line,) = trail("dossier:1")
    assert (line.at, line.who_label, line.reason, line.before, line.after) == (
        NOW,
        "Hệ thống",
        "vì sao",
        None,
        {"a": None, "b": [1, "ư"]},
    )
    # The digest is the same on every database: it is written down here.
    assert line.digest == "d2ea2f61750023fdeb7277a2e9155d98e0565fc23af0cc4d8e6ba8b5f035c1c8"


@pytest.mark.parametrize("spoil", [None, "change", "remove"])
def test_a_citizen_checks_the_proof_alone(sealed, tmp_path, spoil) -> None:
    lines = proof("dossier:1").splitlines()
    if spoil == "change":
        lines[2] = lines[2].replace("step", "stop")
    if spoil == "remove":
        del lines[2]
    path = tmp_path / "trail.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    script = Path(verification.__file__).with_name("check_proof.py")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", script, path],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    expected = {None: "7 dòng nguyên vẹn", "change": "Dòng 3 đã bị sửa", "remove": "Mất dòng ở ngay trước dòng 4"}
    assert expected[spoil] in done.stdout + done.stderr
    assert done.returncode == (0 if spoil is None else 1)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def test_the_command_prints_the_count_or_the_first_broken_link(sealed, capsys) -> None:
    assert run() == 0
    said = capsys.readouterr().out
    assert "Đã kiểm tra 20 dòng nhật ký: nguyên vẹn" in said
    anchor = said.split()[-1]
    assert run("--anchor", anchor) == 0
    assert run("--object", "dossier:1") == 0
    assert run("--object", "hồ sơ") == 2
    assert run("--proof", "dossier:1") == 0
    capsys.readouterr()
    Entry.objects.filter(seq=7).update(action="dossiers.issue")
    assert run() == 1
    assert "dòng số 7 (dossier:1, dossiers.issue): nội dung đã bị sửa" in capsys.readouterr().out
    assert run("--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
