"""One TCP conversation: cuts both sides into messages, reads each once, and lets the dialects vote.

Every decoder not yet refuted reads along until one is confirmed; after that only that one does. The leader is
the first confirmed, else the first in the order of DECODERS that has seen something of its own; its events
are the conversation's. What the others read is kept, bounded, for the case that one of them takes over: then
a `Restart` comes first. HTTP is refuted here, because pages and APIs carry the words of every dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sensor.event import (
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Restart,
    Standing,
    Unknown,
    UnknownCode,
)
from sensor.limits import (
    POOL_LINE_BYTES_MAX,
    PREFACE_LINES_MAX,
    RESTARTS_MAX,
    TEXT_LINES_MAX,
    UNDECIDED_ANSWERS_MAX,
    UNDECIDED_MESSAGES_MAX,
)
from sensor.model import SIDES, Side
from sensor.room import Purse
from sensor.wire import DECODERS
from sensor.wire.base import Decoder
from sensor.wire.candidate import Candidate, sift
from sensor.wire.frames import AgentMessage, read_frame
from sensor.wire.jsonrpc import UNSET, Record, Rpc, parse
from sensor.wire.lines import Broken, Frame, Line, LineFramer, Piece
from sensor.wire.preface import begins_like_http, is_answer, is_aside, is_plain, is_request, opens_tunnel
from sensor.wire.secret import Secret, forgotten
from sensor.wire.shapes import said_yes

_OPEN_BRACE: Final = b"{"
_REFUTED: Final = Standing.REFUTED
# A frame that is kept until another shows that it is one; only those for very many rigs are longer.
_FRAME_KEPT_BYTES: Final = 64


class _End:
    """One side of the conversation: its framer, and what was seen of it."""

    __slots__ = ("document_at", "framer", "last_ns", "messages", "preface_lines", "text_lines")

    def __init__(self, purse: Purse) -> None:
        self.framer = LineFramer(purse=purse)
        self.document_at = -1  # what the other end had said when a page began, whose body follows until it says more
        self.last_ns = 0
        self.messages = 0  # JSON objects and frames
        self.preface_lines = 0  # left of a preface
        self.text_lines = 0


class Dialogue:
    """Both sides of one conversation. Feed it in the order of packets; it never raises for what the wire
    holds.
    """

    __slots__ = (
        "_answers",
        "_candidates",
        "_ends",
        "_forgotten",
        "_frame",
        "_leader",
        "_malformed_count",
        "_pairs",
        "_purse",
        "_reader",
        "_restarts",
        "_telling",
        "frames",
        "is_echo",
        "is_quotation",
        "is_server",
        "refuted",
    )

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        a, b = _End(self._purse), _End(self._purse)
        self._ends = (a, b)
        self._pairs = ((a, b), (b, a))  # a side's own end and the other one, found at once
        self._candidates: list[Candidate] | None = None  # before the first message, and before one that begins anew
        self._leader: Decoder | None = None
        self._forgotten: tuple[bytes, ...] = ()
        self._reader: Decoder | None = None  # the leader, once only it reads
        self._frame: tuple[Side, AgentMessage] | None = None  # one that its reader did not understand
        self._malformed_count = 0
        self._restarts = 0
        # Since the present reading began:
        self._telling = 0  # messages, and lines of text, that show what is spoken
        self._answers = 0  # answers in a word, which do not
        self.frames = 0  # of a BTCAgent, of both sides
        self.refuted = False
        self.is_quotation = False  # refuted, because one side spoke for both ends
        self.is_server = False  # pools' servers ask over HTTP
        self.is_echo = False  # refuted, because both did

    # ------------------------------------------------------------ what is known

    @property
    def dialect(self) -> str | None:
        """The leader's name; None while nobody has seen anything of its own, and once refuted."""
        return self._leader.name if self._leader is not None and not self.refuted else None

    @property
    def miner(self) -> Side | None:
        """The end that mines, as the leader has it."""
        return self._leader.miner if self._leader is not None else None

    @property
    def standing(self) -> Standing:
        if self.refuted:
            return Standing.REFUTED
        return self._leader.standing if self._leader is not None else Standing.UNDECIDED

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What was sent with the login that was answered last, and after `forget_secrets` digests of it: the answer may
        repeat it, and later ones.
        """
        return (*(self._leader.secrets if self._leader is not None else ()), *self._forgotten)

    def forget_secrets(self) -> None:
        self._forgotten = forgotten(self.secrets) or self._forgotten
        for candidate in self._begun():
            candidate.decoder.secrets = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether one side has spoken for both ends, and the other not for itself."""
        return self._leader is not None and self._leader.is_doubtful

    @property
    def is_specific(self) -> bool:
        """Whether the leader's words belong to no other protocol, even if they do not settle which dialect it is."""
        return self._leader is not None and self._leader.is_specific

    @property
    def _stands(self) -> bool:
        """Whether both ends have spoken their dialect: no line of another protocol undoes that."""
        return self._leader is not None and self._leader.is_mutual

    @property
    def messages(self) -> tuple[int, int]:
        """JSON objects and frames, by side."""
        a, b = self._ends
        return a.messages, b.messages

    @property
    def malformed(self) -> int:
        """Messages that could not be read, by the framer, the reader or the leader."""
        return self._malformed_count + (self._leader.malformed_count if self._leader is not None else 0)

    @property
    def unknown(self) -> int:
        """Messages that the leader does not know."""
        return self._leader.unknown_count if self._leader is not None else 0

    # ------------------------------------------------------------ bytes

    def feed(self, side: Side, ts_ns: int, gap_bytes: int, data: bytes) -> list[MiningEvent]:
        """``data`` follows on ``side``, with ``gap_bytes`` lost before it. The events that it completes."""
        # The way of nearly every message of a mining session, kept short.
        end, other = self._pairs[side]
        if gap_bytes or other.framer.held or self.refuted or end.document_at == other.messages:
            return self._feed_with_care(side, ts_ns, gap_bytes, data)
        offset = end.framer.whole_line(data)
        if offset < 0:
            return self._feed_with_care(side, ts_ns, 0, data)
        message, reader = parse(data), self._reader
        if reader is None or type(message) is not Rpc:
            events: list[MiningEvent] = []
            self._read_line(side, ts_ns, Line(offset, data, False), message, events)
            return events if not self.refuted else []
        message.offset = offset
        end.messages += 1
        heard = reader.receive(side, message, ts_ns)
        if reader.standing is _REFUTED:
            self._start_over(side, ts_ns, message, heard)
        return heard

    def _feed_with_care(self, side: Side, ts_ns: int, gap_bytes: int, data: bytes) -> list[MiningEvent]:
        events: list[MiningEvent] = []
        if self.refuted:
            return events
        end, other = self._pairs[side]
        if other.framer.held:
            # A pool that never ends its lines: the other side's turn ends them.
            self._take_unfinished(SIDES[1 - side], events)
        if gap_bytes:
            torn = len(end.framer.held) + _rest_of_line(data)
            end.framer.gap(gap_bytes)
            self._tell_gap(side, gap_bytes, torn, ts_ns, events)
        end.last_ns = ts_ns
        for piece in end.framer.feed(data):
            if not self.refuted:
                self._read(side, ts_ns, piece, events)
        return events if not self.refuted else []

    def close(self, ts_ns: int) -> list[MiningEvent]:
        """The conversation is over at ``ts_ns``: what is still held is a message, or the head of one that is
        lost.
        """
        events: list[MiningEvent] = []
        for side in SIDES:
            if self._ends[side].framer.held and not self.refuted:
                self._take_unfinished(side, events, is_last=True)
        return events if not self.refuted else []

    def _take_unfinished(self, side: Side, events: list[MiningEvent], *, is_last: bool = False) -> None:
        end = self._ends[side]
        line = None if self._is_document(side) else end.framer.unfinished(is_last=is_last)
        message = MalformedCode.NOT_JSON if line is None else parse(line.data)
        if line is None or isinstance(message, MalformedCode):
            return
        end.framer.take_unfinished()
        for one in [message] if isinstance(message, Rpc) else message:
            self._hear(side, end.last_ns, one, line.offset, events)

    def _read(self, side: Side, ts_ns: int, piece: Piece, events: list[MiningEvent]) -> None:
        if isinstance(piece, Line):
            self._read_line(side, ts_ns, piece, parse(piece.data), events)
        elif isinstance(piece, Frame):
            self._read_frame(side, ts_ns, piece, events)
        else:
            self._break(side, ts_ns, piece, events)

    def _read_line(
        self,
        side: Side,
        ts_ns: int,
        line: Line,
        message: Rpc | list[Rpc] | MalformedCode,
        events: list[MiningEvent],
    ) -> None:
        end = self._ends[side]
        if self._is_document(side):
            self._count_silence()
        elif isinstance(message, Rpc):
            end.preface_lines = 0
            self._hear(side, ts_ns, message, line.offset, events)
        elif isinstance(message, MalformedCode):
            self._puzzle(side, ts_ns, line, message, events)
        else:
            # A line whose head was cut off would not read as objects from its first byte to its last.
            for one in message:
                self._hear(side, ts_ns, one, line.offset, events)

    # ------------------------------------------------------------ lines that are no message

    def _puzzle(self, side: Side, ts_ns: int, line: Line, code: MalformedCode, events: list[MiningEvent]) -> None:
        """A line that cannot be read: a preface, the tail of a line whose head was not seen, text, or
        nonsense.
        """
        data = line.data
        if code is MalformedCode.NOT_JSON and not data.startswith(_OPEN_BRACE):
            if self._is_preface(side, ts_ns, data, events):
                return
            if line.doubtful and (line.offset or not is_plain(data)):
                self._look_behind(side, ts_ns, line, events)
                return
            self._ends[side].text_lines += 1
            self._telling += 1
            self._judge_text(side)
        elif line.doubtful:
            return
        self._break(side, ts_ns, Broken(line.offset, code), events)

    def _is_preface(self, side: Side, ts_ns: int, data: bytes, events: list[MiningEvent]) -> bool:
        end = self._ends[side]
        if self._stands and begins_like_http(data):
            return False
        if is_request(data):
            self.refuted = True
        elif is_answer(data):
            end.document_at = -1 if opens_tunnel(data) else self._pairs[side][1].messages
        elif end.preface_lines > 0:
            end.preface_lines -= 1
            return True
        elif not is_aside(data):
            return False
        end.preface_lines = PREFACE_LINES_MAX
        self._say([Notice(side, ts_ns, NoticeKind.PREFACE)], events)
        return True

    def _is_document(self, side: Side) -> bool:
        """Whether what ``side`` says is the body of a page. It is over when the other end goes on in lines."""
        end, other = self._pairs[side]
        return end.document_at == other.messages

    def _look_behind(self, side: Side, ts_ns: int, line: Line, events: list[MiningEvent]) -> None:
        """Behind a binary preface (SOCKS, PROXY v2) the first message shares its line; else the head is
        lost.
        """
        start = line.data.find(_OPEN_BRACE)
        if start > 0:
            message = parse(line.data[start:])
            if isinstance(message, Rpc):
                self._hear(side, ts_ns, message, line.offset + start, events)

    def _judge_text(self, side: Side) -> None:
        """Mails and logs may hold a message or two; miners and pools send no text, unless to be taken for such."""
        end = self._ends[side]
        if not self._stands and end.text_lines > TEXT_LINES_MAX and end.text_lines > 4 * end.messages:
            self.refuted = True
        self._count_silence()

    def _break(self, side: Side, ts_ns: int, broken: Broken, events: list[MiningEvent]) -> None:
        self._malformed_count += 1
        if self._leader is None and broken.code is MalformedCode.LINE_TOO_LONG:
            self.refuted = True
        self._say([Malformed(side, ts_ns, broken.code, broken.offset)], events)

    def _count_silence(self) -> None:
        """A line that tells nothing, while nobody knows what this is."""
        if self._leader is None and self._telling >= UNDECIDED_MESSAGES_MAX:
            self.refuted = True

    def _say(self, said: list[MiningEvent], events: list[MiningEvent]) -> None:
        """Events that are nobody's reading belong to every reading."""
        if self._reader is None:
            for candidate in self._begun():
                candidate.keep(said)
        if self._leader is not None:
            events += said

    # ------------------------------------------------------------ frames of a BTCAgent

    def _read_frame(self, side: Side, ts_ns: int, frame: Frame, events: list[MiningEvent]) -> None:
        end, reader = self._ends[side], self._reader
        if self._is_document(side):
            return
        said = read_frame(frame)
        if isinstance(said, MalformedCode):
            self._break(side, ts_ns, Broken(frame.offset, said), events)
            return
        end.messages += 1
        self.frames += 1
        if reader is None and any(one.decoder.reads_frames for one in self._begun()):
            self._hear_frame(side, ts_ns, said, events)
        elif reader is not None and reader.reads_frames:
            events += reader.frame(side, said, ts_ns)
            if reader.standing is _REFUTED:
                self.refuted = True
                self._quote([reader])
        elif self._frame is None:
            self._frame = (side, said) if len(frame.body) <= _FRAME_KEPT_BYTES else None
        else:
            # Two of them: what was taken for plain lines are those of an agent.
            before, self._frame = self._frame, None
            self._begin_anew(ts_ns, events)
            self._hear_frame(before[0], ts_ns, before[1], events)
            self._hear_frame(side, ts_ns, said, events)

    def _hear_frame(self, side: Side, ts_ns: int, said: AgentMessage, events: list[MiningEvent]) -> None:
        self._elect(ts_ns, self._heard(self._begun(), lambda decoder: decoder.frame(side, said, ts_ns)), events)

    # ------------------------------------------------------------ messages

    def _hear(self, side: Side, ts_ns: int, message: Rpc, offset: int, events: list[MiningEvent]) -> None:
        message.offset = offset
        self._ends[side].messages += 1
        if type(message) is Record:
            self._say([Unknown(side, ts_ns, UnknownCode.MEMBERS)], events)
        reader = self._reader
        if reader is not None:
            events += reader.receive(side, message, ts_ns)
            if reader.standing is _REFUTED:
                self._start_over(side, ts_ns, message, events)
            return
        if _is_word(message):
            self._answers += 1
        else:
            self._telling += 1
        read = self._heard(self._begun(message), lambda decoder: decoder.receive(side, message, ts_ns))
        self._elect(ts_ns, read, events)

    def _heard(self, candidates: list[Candidate], hear: Callable[[Decoder], list[MiningEvent]]) -> list[MiningEvent]:
        """Lets all candidates hear something; what the leader makes of it."""
        read: list[MiningEvent] = []
        for candidate in candidates:
            heard = hear(candidate.decoder)
            candidate.keep(heard)
            if candidate.decoder is self._leader:
                read = heard
        return read

    def _tell_gap(self, side: Side, missing: int, torn: int, ts_ns: int, events: list[MiningEvent]) -> None:
        self._ends[side].preface_lines = 0
        events += self._heard(self._begun(), lambda decoder: decoder.gap(side, missing, ts_ns, torn))

    def _elect(self, ts_ns: int, read: list[MiningEvent], events: list[MiningEvent]) -> None:
        """Who leads after one more message; ``read`` is what the leader so far made of it."""
        sifted = sift(self._begun())
        candidates = self._candidates = sifted.left
        if self._quote(sifted.quoting):
            return  # a log that quotes both ends, or a page of examples, quotes them in any dialect
        if not candidates:
            self.refuted = True
            return
        winner = sifted.confirmed or sifted.claimed
        if winner is None:
            self.refuted = self.refuted or self._is_patience_over(UNDECIDED_ANSWERS_MAX)
            if self._leader is not None:
                self._leader = None
                events.clear()
                events.append(Restart(ts_ns))
            return
        if winner.decoder is self._leader:
            events += read
        else:
            if self._leader is not None:
                events.clear()
                events.append(Restart(ts_ns))
            else:
                self._answers = 0  # those before anything was recognised say nothing of the others' chances
            self._leader = winner.decoder
            events += winner.backlog
        if (miner := winner.decoder.miner) is not None:
            # The first job settles what is spoken, and may be long.
            self._ends[miner.other].framer.limit(POOL_LINE_BYTES_MAX)
        is_decided = sifted.confirmed and not any(one.decoder.reads_frames for one in candidates if one is not winner)
        if is_decided or self._is_patience_over(UNDECIDED_MESSAGES_MAX - self._telling):
            # The others need not read on; their backlogs go with them.
            self._reader = winner.decoder
            self._drop(one for one in candidates if one is not winner)
            self._candidates = [winner]
            winner.lead_alone()

    def _begun(self, message: Rpc | None = None) -> list[Candidate]:
        """The candidates: all dialects, or those that may begin with ``message``, the first one."""
        if self._candidates is None:
            able = [one for one in DECODERS if message is None or one.may_begin(message)]
            self._candidates = [Candidate(decoder, self._purse.part()) for decoder in able]
        return self._candidates

    @staticmethod
    def _drop(candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            candidate.purse.close()

    def _is_patience_over(self, answers_max: int) -> bool:
        """Whether those who have seen nothing of their own by now never will."""
        return self._telling >= UNDECIDED_MESSAGES_MAX or self._answers >= answers_max

    def _start_over(self, side: Side, ts_ns: int, message: Rpc, events: list[MiningEvent]) -> None:
        """The only reader gave up: all dialects begin anew with this message, a few times."""
        self._restarts += 1
        if self._reader is not None and self._quote([self._reader]):
            return
        if self._restarts > RESTARTS_MAX:
            self.refuted = True
            return
        self._begin_anew(ts_ns, events)
        self._ends[side].messages -= 1
        self._hear(side, ts_ns, message, message.offset, events)

    def _quote(self, decoders: list[Decoder]) -> bool:
        """Gives the conversation up where one of ``decoders`` has heard words of both ends from one."""
        quoting = [decoder for decoder in decoders if decoder.is_quotation]
        if quoting:
            self.refuted = self.is_quotation = True
            self.is_echo = any(decoder.is_mutual for decoder in quoting)
        return bool(quoting)

    def _begin_anew(self, ts_ns: int, events: list[MiningEvent]) -> None:
        """Forgets what was read so far."""
        self._reader = self._leader = None
        self._drop(self._candidates or ())
        self._candidates = None
        events[:] = [Restart(ts_ns)]
        self._telling = self._answers = 0


def _is_word(message: Rpc) -> bool:
    """Whether ``message`` is an answer in a word, yes or no, such as any request may get."""
    if message.method is not None or (message.result is UNSET and message.error is UNSET):
        return False
    return bool(message.error) or message.result in (None, False, UNSET) or said_yes(message.result)


def _rest_of_line(data: bytes) -> int:
    """How much of what stands behind a hole belongs to a line that began before it, or in it."""
    if data.startswith(_OPEN_BRACE):
        return 0
    end = data.find(b"\n")
    return end if end >= 0 else len(data)
