# SPDX-License-Identifier: Apache-2.0
"""What can be known of a dialogue of which a part was not seen, by rules that hold for every dialect.

An answer whose question was not seen is a share's answer only where it can be nothing else:

- its question was lost in a hole of known size, between messages of the miner that were seen; or
- the miner was not seen before it and a job was, and (``mining.*``) the login was answered more than a second
  earlier, because the requests that are sent along with a login are answered like shares.
- In BTCAgent's frames it is always a share's.
- In EthereumStratum/2.0.0 a yes is a bare number, with which reports and signs of life are answered as well: it counts
  only where its question was seen.
- In ETHPROXY a report of the hashrate is answered as an accepted share is. A yes counts only where its number says
  that it is a share's: from 40 on, once a smaller number has come twice.

An answer that counts stands for its question. What nobody says is absent, and not zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.lab.dialogue import Meaning, Note, Saying, Session, Speaker, Truth, View
from tests.lab.seeded import SECOND

SHARE_NUMBER_MIN = 40
FRAME = b"\x7f"
ANSWERS = {Meaning.ACCEPTED, Meaning.REJECTED}


def known(session: Session, view: View | None = None) -> Truth:
    """The truth of what ``view`` shows, less the answers of which nobody can say what they answer."""
    view = view or View()
    doubtful = set(_unexplained(session, view))
    sides = {saying.speaker for saying in view.visible(session.dialogue)}
    seen = replace(view, speakers=view.speakers & sides, lost=view.lost | doubtful)
    truth = session.truth(seen)
    if truth.submitted is None or truth.accepted is None or truth.rejected is None:
        return truth
    submitted = truth.submitted + sum(1 for _ in _orphans(session, seen))
    return replace(truth, submitted=submitted, unanswered=submitted - truth.accepted - truth.rejected)


def _unexplained(session: Session, view: View) -> Iterator[int]:
    """The indexes of answers to shares that cannot be told from answers to other things."""
    is_ethproxy = session.facts.dialect == "ethproxy"
    if session.facts.dialect == "btcagent":
        return
    says_yes_in_silence = session.facts.dialect == "ethereumstratum-2"
    for index, answer in _orphans(session, view):
        before = [saying for saying in view.visible(session.dialogue) if saying.ts_ns < answer.ts_ns]
        is_lost_alone = view.since_ns is None and len(view.speakers) == 2
        may_be_a_share = is_lost_alone or _is_behind_a_job(before, answer)
        is_yes = Meaning.ACCEPTED in answer.note.meanings
        if is_ethproxy and is_yes:
            may_be_a_share = may_be_a_share and not is_lost_alone and _has_a_number_of_shares(before, answer)
        if not may_be_a_share or (says_yes_in_silence and is_yes):
            yield index


def _is_behind_a_job(before: list[Saying], answer: Saying) -> bool:
    has_job = any(Meaning.JOB in saying.note.meanings for saying in before)
    has_miner = any(saying.speaker is Speaker.CLIENT for saying in before)
    logins = [saying.ts_ns for saying in before if saying.note.meanings == (Meaning.LOGIN_ACCEPTED,)]
    is_late = not logins or answer.ts_ns - logins[-1] > SECOND
    return has_job and is_late and not has_miner


def _has_a_number_of_shares(before: list[Saying], answer: Saying) -> bool:
    small = [_number(saying) for saying in before if _number(saying) < SHARE_NUMBER_MIN and _says_yes(saying)]
    return len(set(small)) < len(small) and _number(answer) >= SHARE_NUMBER_MIN


def _orphans(session: Session, view: View) -> Iterator[tuple[int, Saying]]:
    """The visible answers to shares whose questions are not visible."""
    visible = {id(saying) for saying in view.visible(session.dialogue)}
    waiting: dict[object, bool] = {}
    frames = 0
    for index, saying in enumerate(session.dialogue.sayings()):
        if Meaning.SUBMIT in saying.note.meanings:
            is_frame = saying.data[:1] == FRAME
            waiting[frames if is_frame else _number(saying)] = id(saying) in visible
            frames += is_frame
        elif ANSWERS & set(saying.note.meanings) and id(saying) in visible and not waiting[_number(saying)]:
            yield index, saying


def _says_yes(saying: Saying) -> bool:
    return saying.note == Note() and json.loads(body_of(saying)).get("result") is True


def _number(saying: Saying) -> Any:
    if saying.data[:1] == FRAME:
        return int.from_bytes(saying.data[4:6], "little")
    return json.loads(body_of(saying))["id"]


def body_of(saying: Saying) -> bytes:
    """The message without the head that HTTP puts before it."""
    return saying.data.rpartition(b"\r\n\r\n")[2]
