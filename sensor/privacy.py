"""The last step before any sink: who is hidden, under which name, and the key that keeps messages in order.

For everybody, e-mail parts of logins are masked; passwords never came this far. With a key, whoever is a household or
is not known leaves under a pseudonym. A finding keeps its key and its id from its first message to its last, whatever
the records say meanwhile. Pure; docs/privacy.md is the reasoning.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, assert_never

import msgspec
from msgspec import UNSET

from enrichment.addresses import normalise
from enrichment.model import SubjectKind
from sensor.attribution import Attributed, Known, Other
from sensor.figures import Related
from sensor.finding import Direction, Finding, Sighting
from sensor.hiding import Hidden, Names, hide_finding, hide_sighting, reasons_without_mail, without_mail
from sensor.limits import FIXED_FINDINGS_MAX
from sensor.message import Message
from sensor.ownership import End
from sensor.pseudonym import Domain, Pseudonyms

_OPEN_KINDS: Final = frozenset({SubjectKind.ENTERPRISE, SubjectKind.IDC})
_OPEN: Final = Hidden("", "")


class Fixed(msgspec.Struct, frozen=True):
    """What was decided when a finding opened: its key, its id, and which ends are hidden; another may still become."""

    key: str
    finding_id: str
    hidden: Hidden


class Pseudonymiser:
    """Makes messages. Without pseudonyms there is no key, and nobody is hidden: an engineer with a capture."""

    def __init__(self, pseudonyms: Pseudonyms | None) -> None:
        self._pseudonyms = pseudonyms
        self._fixed: OrderedDict[str, Fixed] = OrderedDict()
        # Ids of findings that another one named before they were told.
        self._promised: OrderedDict[str, str] = OrderedDict()

    def message(self, attributed: Attributed) -> Message:
        match attributed.body:
            case Finding() as finding:
                return self._finding(finding, attributed)
            case Sighting() as sighting:
                return self._sighting(sighting, attributed)
            case body:
                assert_never(body)

    # ------------------------------------------------------------ inside

    def _finding(self, finding: Finding, attributed: Attributed) -> Message:
        pseudonyms, masked = self._pseudonyms, without_mail(finding)
        if pseudonyms is None:
            return Message("", masked)
        fixed = self._fix(finding, attributed, pseudonyms)
        body = hide_finding(masked, fixed.hidden, Names.of(finding, pseudonyms)) if fixed.hidden else masked
        related = body.related
        if related is not UNSET:
            related = tuple(self._as_it_leaves(one, pseudonyms) for one in related)
        elif not fixed.hidden and fixed.finding_id == finding.finding_id:
            return Message(fixed.key, body)
        return Message(fixed.key, msgspec.structs.replace(body, finding_id=fixed.finding_id, related=related))

    def _sighting(self, sighting: Sighting, attributed: Attributed) -> Message:
        pseudonyms = self._pseudonyms
        masked = msgspec.structs.replace(sighting, reasons=reasons_without_mail(sighting.reasons))
        if pseudonyms is None:
            return Message("", masked)
        ends = Ends.of(attributed)
        key, hidden = ends.key(pseudonyms), ends.hidden(pseudonyms)
        if not hidden:
            return Message(key, masked)
        sighting_id = pseudonyms.bare(Domain.SIGHTING, sighting.sighting_id)
        body = hide_sighting(masked, hidden)
        return Message(key, msgspec.structs.replace(body, sighting_id=sighting_id))

    def _fix(self, finding: Finding, attributed: Attributed, pseudonyms: Pseudonyms) -> Fixed:
        """Decides once for a finding. What was hidden stays so; what becomes hidden keeps the id it has."""
        ends = Ends.of(attributed)
        former = self._fixed.pop(finding.finding_id, None)
        if former is None:
            hidden = ends.hidden(pseudonyms)
            # An id is made of addresses and times, and there are few enough addresses to try.
            plain = pseudonyms.bare(Domain.FINDING, finding.finding_id) if hidden else finding.finding_id
            fixed = Fixed(ends.key(pseudonyms), self._promised.pop(finding.finding_id, plain), hidden)
        else:
            fixed = Fixed(former.key, former.finding_id, ends.hidden(pseudonyms, former.hidden))
        if len(self._fixed) >= FIXED_FINDINGS_MAX:
            self._fixed.popitem(last=False)
        self._fixed[finding.finding_id] = fixed
        return fixed

    def _as_it_leaves(self, related: Related, pseudonyms: Pseudonyms) -> Related:
        """With the id under which it leaves. Of one that was not told yet nobody knows whether its pool will have to be
        hidden: it gets the id of those that are.
        """
        told_id = related.finding_id
        fixed = self._fixed.get(told_id)
        if fixed is not None:
            return msgspec.structs.replace(related, finding_id=fixed.finding_id)
        public = pseudonyms.bare(Domain.FINDING, told_id)
        if len(self._promised) >= FIXED_FINDINGS_MAX:
            self._promised.popitem(last=False)
        self._promised[told_id] = public
        return msgspec.structs.replace(related, finding_id=public)


class Ends(msgspec.Struct, frozen=True):
    """The two ends of what leaves: which of them is meant, and which must be hidden."""

    miner: Name
    pool: Name
    is_pool_meant: bool
    private: Name | None  # the other end, where it is somebody's of ours who must not be known

    @classmethod
    def of(cls, attributed: Attributed) -> Ends:
        body = attributed.body
        attribution = body.attribution if isinstance(body, Finding) else UNSET
        return cls(
            miner=Name(body.miner.realm, body.miner.ip or "", attributed.miner),
            pool=Name(body.miner.realm, body.pool.ip or "", attributed.pool),
            is_pool_meant=attribution is not UNSET and attribution.end is End.POOL,
            private=_private_pool(attributed),
        )

    def key(self, pseudonyms: Pseudonyms) -> str:
        """The key of the subject's messages."""
        return (self.pool if self.is_pool_meant else self.miner).key(pseudonyms)

    def hidden(self, pseudonyms: Pseudonyms, former: Hidden = _OPEN) -> Hidden:
        """The pseudonyms of the ends that must be hidden; an end that was hidden before stays so, under its name."""
        is_miner_open = self.miner.known.kind in _OPEN_KINDS
        miner = former.miner or ("" if is_miner_open else self.miner.subject(pseudonyms))
        pool = former.pool or ("" if self.private is None else self.private.subject(pseudonyms))
        return Hidden(miner, pool)


class Name(msgspec.Struct, frozen=True):
    """All that one end may be called by."""

    realm: int
    ip: str
    known: Known

    def subject(self, pseudonyms: Pseudonyms) -> str:
        """Whose it is, from the record where it says it, so that a new address is no new subject."""
        if self.known.customer:
            return pseudonyms.of(Domain.CUSTOMER, self.known.customer)
        if self.known.line:
            return pseudonyms.of(Domain.LINE, self.known.line)
        return pseudonyms.of(Domain.ADDRESS, self.realm, plain_address(self.ip))

    def key(self, pseudonyms: Pseudonyms) -> str:
        """What a consumer may count on: all messages of one site, else of one subject, come one after the other."""
        if self.known.site and self.known.kind in _OPEN_KINDS:
            return pseudonyms.of(Domain.SITE, self.known.customer, self.known.site)
        return self.subject(pseudonyms)


def plain_address(ip: str) -> str:
    """One text for all spellings of an address."""
    address = normalise(ip)
    return ip if address is None else str(address)


def _private_pool(attributed: Attributed) -> Name | None:
    """The other end where it is no pool of the world but somebody's of ours who must not be known: itself, or the proxy
    or address behind a name that a sighting tells.
    """
    body, known = attributed.body, attributed.pool
    is_own = body.direction in (Direction.INBOUND, Direction.INTERNAL)
    ends = [Other(body.pool.ip or "", known, is_own), *attributed.others]
    realm = body.miner.realm
    return next((Name(realm, end.ip, end.known) for end in ends if _is_private(end)), None)


def _is_private(end: Other) -> bool:
    return end.known.kind not in _OPEN_KINDS and (end.known.is_recorded or end.is_own)
