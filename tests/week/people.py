"""What the people of the week do: citizens and clerks file, officers work through their pages, each at the clock's time.

What the product refuses is told by `Office.refused` and changes nothing. Steps of the route, intake, hand-overs and
returns go over HTTP as the signed-in officer; filing and the rarer actions by the same services that the pages call.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.week.ground import Ground, Sample
from tinhso.kernel.access.api import NOBODY, Actor, Refused, User
from tinhso.modules.dossiers import api as dossiers
from tinhso.modules.dossiers.models import Dossier, HandOver, Task
from tinhso.modules.dossiers.services.drafts import find
from tinhso.modules.dossiers.services.reusing import offers_for
from tinhso.modules.procedures import api as procedures

ADDRESS = "Số 12 đường Lê Lợi, phường Hạc Thành, tỉnh Thanh Hóa"


def picture(words: str) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("L", (24, 24), sum(words.encode()) % 255).save(stream, "PNG")
    stream.seek(0)
    return stream


class Office:
    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.chance = random.Random(seed)
        self.refused: Counter[str] = Counter()
        self.did: Counter[str] = Counter()
        self.filed = 0
        self._clients: dict[str, Client] = {}

    @property
    def now(self) -> datetime:
        return self.ground.clock.now

    def actor(self, username: str) -> Actor:
        return self.ground.actor(username)

    # Over HTTP

    def post(self, username: str, name: str, *args: Any, **fields: Any) -> bool:
        """An officer presses a button. True when it was done: the page answers by leading back."""
        answer = self.client(username).post(reverse(name, args=args), fields)
        if answer.status_code == 302 and "/login" in answer["Location"]:  # the session of the night before
            answer = self.client(username, anew=True).post(reverse(name, args=args), fields)
        done = answer.status_code == 302 and "/login" not in answer["Location"]
        if done:
            self.did[name.partition(":")[2]] += 1
        else:
            assert answer.status_code in (403, 404, 409, 422), (name, answer.status_code, answer.content[:500])
            self.refused[f"{username} {name}: {answer.status_code}"] += 1
        return done

    def get(self, username: str, address: str, query: dict[str, Any] | None = None) -> Any:
        answer = self.client(username).get(address, query or {})
        if answer.status_code == 302:
            answer = self.client(username, anew=True).get(address, query or {})
        assert answer.status_code == 200, (address, query, answer.status_code)
        return answer

    def client(self, username: str, *, anew: bool = False) -> Client:
        if anew or username not in self._clients:
            client = self._clients[username] = Client()
            client.force_login(User.objects.get(username=username))
        return self._clients[username]

    def tries(self, what: str, work: Any) -> Any:
        """A service; None when it refuses with words for the person."""
        try:
            found = work()
        except (ValueError, Refused) as refusal:
            if not type(refusal).__name__.startswith(("Cannot", "Refused")):
                raise
            self.refused[f"{what}: {refusal}"[:160]] += 1
            return None
        self.did[what] += 1
        return True if found is None else found

    # Filing

    def file(self, channel: str) -> UUID | None:
        """A new dossier: online by a person; at the ward's counter, by post, or at another ward's counter by a clerk."""
        joint = channel == "joint"
        pool = self.ground.joint if joint else self.ground.samples
        wanted = "online" if channel in ("online", "joint") else "counter"
        pool = [one for one in pool if wanted in one.channels] or self.ground.samples
        sample = self.chance.choice(pool)
        self.filed += 1
        self.ground.clock.tick(self.chance.uniform(0.5, 3))
        found = self.tries(f"file {channel}", lambda: self._file(sample, channel))
        return found if isinstance(found, UUID) else None

    def _file(self, sample: Sample, channel: str) -> UUID:
        online = channel in ("online", "joint")
        username, number = self.chance.choice(self.ground.citizens)
        writer = self.actor(username if online else "tiepnhan.samson" if channel == "elsewhere" else "tiepnhan")
        kind = (
            dossiers.Channel.ONLINE
            if online
            else dossiers.Channel.POST
            if channel == "post"
            else dossiers.Channel.COUNTER
        )
        now = self.now
        public_id = dossiers.start(
            version_id=sample.version_id, agency_id=self.ground.agency_id, channel=kind, actor=writer, now=now,
            office_id=self.ground.other_office_id if channel == "elsewhere" else None,
        )  # fmt: skip
        same: dict[str, Any] = {"public_id": public_id, "actor": writer, "keys": (), "now": now}
        applicant = self._applicant(sample, number if online else f"038{self.filed:09d}", username)
        dossiers.save_applicant(values=applicant, revision=None, **same)
        for group, values in sample.data.items():
            dossiers.save_group(group=group, values=values, revision=None, **same)
        case = {**sample.data, "applicant": {"acting_as": sample.acting_as}}
        papers = [
            one for one in procedures.papers_for(sample.version_id, case) if one.required and not one.present_only
        ]
        if online:
            self._attach(papers, same)
            return dossiers.submit(**same).public_id
        received = [
            dossiers.ReceivedPaper(one.key, dossiers.PaperKind.ORIGINAL if one.original else dossiers.PaperKind.COPY)
            for one in papers
        ]
        return dossiers.receive_at_counter(public_id=public_id, papers=received, actor=writer, now=now).public_id

    def _attach(self, papers: list[Any], same: dict[str, Any]) -> None:
        """From the person's store where it has the paper, else a picture."""
        draft = find(public_id=same["public_id"], actor=same["actor"], keys=())
        offers = offers_for(draft, papers, actor=same["actor"], now=same["now"])
        for paper in papers:
            usable = offers[paper.key].usable if paper.key in offers else ()
            if usable:
                dossiers.take_from_store(paper_key=paper.key, document=usable[0].public_id, **same)
                self.did["reuse"] += 1
            else:
                dossiers.attach(paper_key=paper.key, stream=picture(paper.key), filename="anh.png", **same)

    def _applicant(self, sample: Sample, number: str, username: str) -> dict[str, Any]:
        alone = sample.acting_as == "self"
        return {
            "full_name": User.objects.get(username=username).full_name,
            "identity_number": number,
            "phone": f"0912{self.filed:06d}",
            "email": f"nguoi{self.filed}@example.vn" if self.chance.random() < 0.3 else "",
            "address": sample.applicant.get("address", ADDRESS),
            "acting_as": sample.acting_as,
            "subject_name": "" if alone else sample.applicant.get("subject_name", "Nguyễn Văn Hùng"),
            "subject_identity": "" if alone else sample.applicant.get("subject_id", ""),
            "authority": "Giấy ủy quyền có chứng thực" if sample.acting_as == "authorised" else "",
            "result_delivery": self.chance.choice(("online", "counter", "counter", "post")),
        }

    # Officers

    def work_of(self, username: str) -> list[Task]:
        """The open work that this officer may do now, the oldest first."""
        actor = self.actor(username)
        own = {(grant.role, number) for grant in actor.grants for number in grant.organisation_ids}
        tasks = Task.objects.filter(finished_at__isnull=True).select_related("dossier__version").order_by("pk")
        return [
            task
            for task in tasks.filter(role__in={role for role, _ in own})
            if (task.role, task.organisation_id) in own and task.holder_id in (None, actor.user_id)
        ]

    def do_next(self, username: str) -> None:
        """One piece of work, whichever comes to hand."""
        work = self.work_of(username)
        if not work:
            return
        task = self.chance.choice(work[:6])
        self.ground.clock.tick(self.chance.uniform(1, 4))
        if task.kind == dossiers.TaskKind.INTAKE:
            self._receive(username, task.dossier)
        elif task.kind == dossiers.TaskKind.RETURN:
            self._give_back(username, task.dossier)
        elif task.awaits_receipt:
            self._take_hand_over(username, task)
        else:
            self._step(username, task)

    def _receive(self, username: str, dossier: Dossier) -> None:
        if dossier.state != dossiers.State.REGISTERED:
            return
        dice = self.chance.random()
        if dice < 0.08:
            self.post(username, "dossiers:refuse", dossier.public_id,
                      ground="Bản chụp giấy tờ mờ, không đọc được số và ngày cấp. Đề nghị nộp lại.")  # fmt: skip
        elif dice < 0.18:
            self._ask_supplement(username, dossier)
        elif dice < 0.24:
            self._ask_money(username, dossier)
        else:
            view = dossiers.dossier_view(dossier.public_id)
            checked = [paper.id for paper in view.papers]
            self.post(username, "dossiers:accept", dossier.public_id, checked=checked)

    def _take_hand_over(self, username: str, task: Task) -> None:
        row = HandOver.objects.filter(to_task=task, confirmed_at=None, refused_at=None).first()
        if row is None:
            return
        refuse = not row.is_return and self.chance.random() < 0.2
        if refuse:
            self.post(username, "dossiers:refuse_hand_over", task.dossier.public_id, row.pk,
                      ground="Thiếu tờ khai thay đổi thông tin cư trú, đề nghị bổ sung.")  # fmt: skip
        else:
            self.post(username, "dossiers:confirm_hand_over", task.dossier.public_id, row.pk)

    def _step(self, username: str, task: Task) -> None:
        dossier, actor, dice = task.dossier, self.actor(username), self.chance.random()
        if dossier.state in (dossiers.State.SUPPLEMENT_REQUESTED, dossiers.State.PAYMENT_REQUESTED):
            return
        if task.holder_id is None and self.chance.random() < 0.5:
            self.post(username, "dossiers:claim", dossier.public_id, task.pk)
            return
        if task.kind == dossiers.TaskKind.OPINION:
            if dice < 0.5:  # the others stay silent
                self.post(username, "dossiers:act", dossier.public_id, task.pk, action="opinion",
                          comment="Đồng ý với đề xuất, không có ý kiến khác.")  # fmt: skip
            return
        if dice < 0.07:
            self._ask_supplement(username, dossier)
        elif dice < 0.10:
            self._ask_money(username, dossier)
        elif dice < 0.15 and task.role == "handler" and not dossier.is_joint:
            self.tries("opinions", lambda: dossiers.ask_opinions(
                task_id=task.pk, organisation_ids=[], units=["Phòng Văn hóa - Xã hội"],
                question="Đề nghị cho ý kiến về hồ sơ này.", hours=4, actor=actor, now=self.now))  # fmt: skip
        elif dice < 0.18 and task.role == "handler" and not dossier.is_joint:
            self.tries("transfer", lambda: dossiers.transfer(
                task_id=task.pk, organisation_id=task.organisation_id, unit_name="Phòng Văn hóa - Xã hội",
                ground="Thuộc lĩnh vực của phòng.", actor=actor, now=self.now))  # fmt: skip
        elif dice < 0.23:
            earlier = Task.objects.filter(
                dossier=dossier, kind=dossiers.TaskKind.STEP, finished_at__isnull=False
            ).exclude(key=task.key)
            if earlier:
                self.tries("send back", lambda: dossiers.send_back(
                    task_id=task.pk, step_key=earlier[0].key, reason="Chưa rõ căn cứ, làm lại.", actor=actor,
                    now=self.now))  # fmt: skip
        else:
            self._forward(username, task)

    def _forward(self, username: str, task: Task) -> None:
        definition = procedures.version(task.dossier.version_id).definition
        if definition is None:
            return
        open_actions = procedures.actions_open(definition, task.key, task.dossier.case)
        chosen = [one for one in open_actions if one.kind != "back"]
        if chosen:
            self.post(username, "dossiers:act", task.dossier.public_id, task.pk, action=self.chance.choice(chosen).key,
                      comment="Đã kiểm tra hồ sơ, đủ điều kiện giải quyết.")  # fmt: skip

    def _ask_supplement(self, username: str, dossier: Dossier) -> None:
        days = self.chance.choice((1, 2, 10))
        self.tries("supplement", lambda: dossiers.request_supplement(
            dossier_id=dossier.pk, reason="Giấy tờ không đọc được nên chưa đối chiếu được với tờ khai.",
            items=[dossiers.Asked(dossiers.ItemKind.TEXT, "", "Giải thích chỗ khác nhau giữa hai giấy tờ.")],
            answer_by=(self.now + timedelta(days=days)).date(), actor=self.actor(username), now=self.now))  # fmt: skip

    def _ask_money(self, username: str, dossier: Dossier) -> None:
        self.tries("ask payment", lambda: dossiers.request_payment(
            dossier_id=dossier.pk, amount=self.chance.choice((8_000, 20_000, 75_000)),
            reason="Lệ phí theo nghị quyết của HĐND tỉnh.", actor=self.actor(username), now=self.now))  # fmt: skip

    def _give_back(self, username: str, dossier: Dossier) -> None:
        """Take the fee, then hand over, put on the person's page, or give to the post."""
        dossier.refresh_from_db()
        if dossier.money_state == dossiers.MoneyState.DUE:
            if dossier.fee_total and self.chance.random() < 0.7:
                self.post(username, "dossiers:take_fee", dossier.public_id, amount=str(dossier.fee_total))
            return
        if dossier.delivery_state == dossiers.DeliveryState.POSTED:
            return
        if dossier.result_delivery == "post":
            self.post(username, "dossiers:post_result", dossier.public_id)
        else:
            self.post(username, "dossiers:return", dossier.public_id, received_by_name=dossier.applicant_name,
                      received_by_identity="", note="")  # fmt: skip

    # Citizens

    def owner_of(self, dossier: Dossier) -> Actor | None:
        owner = User.objects.filter(pk=dossier.owner_id).first() if dossier.owner_id else None
        return None if owner is None else self.actor(owner.username)

    def clerk_of(self, dossier: Dossier) -> Actor:
        return self.actor("tiepnhan" if dossier.office_id == self.ground.office_id else "tiepnhan.samson")

    def answer(self, dossier: Dossier) -> None:
        """The person explains; for those without an account a clerk writes it down."""
        who = self.owner_of(dossier) or self.clerk_of(dossier)

        def work() -> Any:
            dossiers.save_answer(dossier_id=dossier.pk, fields={}, texts={1: "Hai giấy tờ của cùng một người."},
                                 actor=who, now=self.now)  # fmt: skip
            return dossiers.send_answer(dossier_id=dossier.pk, actor=who, now=self.now)

        answered = self.tries("answer", work)
        if answered and answered is not True and answered.late:
            self.did["late answer"] += 1

    def withdraw(self, dossier: Dossier) -> None:
        owner = self.owner_of(dossier)
        self.tries("withdraw", lambda: dossiers.withdraw(
            dossier_id=dossier.pk, confirmed=True, reason="Không còn nhu cầu.", actor=owner or self.clerk_of(dossier),
            channel="online" if owner else "counter", now=self.now))  # fmt: skip

    def rate(self, dossier: Dossier) -> None:
        questions = dossiers.questions_on(self.now.date()).questions
        overall = self.chance.choice((1, 2, 3, 4, 5, 5, 5))
        key = dossiers.rating_path(dossier.public_id).rstrip("/").rpartition("/")[2]
        self.tries("rate", lambda: dossiers.rate(
            public_id=dossier.public_id, answers={one.key: overall for one in questions}, comment="", actor=NOBODY,
            key=key, now=self.now))  # fmt: skip
