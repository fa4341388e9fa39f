"""What stays of a finding whose miner or pool must not be known: fields are let through by name, all else is left out.

A new field of any of these types leaves for nobody hidden until it stands in one of the three tables; a test holds them
to the types. Which end is hidden, and under which pseudonym, is decided elsewhere. Pure.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from sensor.detect.masking import has_at, mask_mail
from sensor.finding import (
    Finding,
    MinerEnd,
    MinerIdentity,
    Param,
    PoolEnd,
    ProtocolSeen,
    Reason,
    RigSession,
    Sighting,
    Source,
    Target,
    TunnelPaths,
)
from sensor.limits import FIELD_CHARS_MAX, RIG_TEXT_CHARS_MAX
from sensor.ownership import Attribution, End, Hop
from sensor.pseudonym import Domain, Pseudonyms

Tables = dict[type[msgspec.Struct], frozenset[str]]


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


KEPT: Final[Tables] = {
    Finding: _fields(
        "schema_version revision sensor_id phase close_cause end_of_input stage grade at first_seen last_seen "
        "direction direction_basis coin algorithm rig_sessions_count jobs shares messages_seen gaps_bytes estimate"
    ),
    Sighting: _fields("schema_version sensor_id what grade count first_seen last_seen direction direction_basis"),
    MinerIdentity: frozenset({"workers_count", "software", "hardware_class"}),
    ProtocolSeen: frozenset({"transport", "encrypted", "dialect"}),
    Reason: frozenset({"code", "at", "side"}),
    Attribution: _fields("end kind level confidence weakest reason division place flags data_versions"),
    Hop: frozenset({"source", "role", "cover", "confidence"}),
}
REPLACED: Final[Tables] = {
    Finding: _fields("finding_id miner pool tunnel protocol reasons miner_identity attribution related"),
    Sighting: frozenset({"sighting_id", "miner", "pool", "protocol", "reasons"}),
    MinerIdentity: frozenset({"logins", "workers", "account", "wallet", "agent"}),
    ProtocolSeen: frozenset(),
    Reason: frozenset({"params"}),
    Attribution: frozenset({"hops"}),
    Hop: frozenset(),
}
LEFT_OUT: Final[Tables] = {
    # A Community ID and a place in a store lead back to the packets.
    Finding: frozenset({"community_id", "evidence", "rig_sessions"}),
    Sighting: frozenset(),
    # Behind a login people also write numbers that are none of a difficulty.
    MinerIdentity: frozenset({"difficulty_wish"}),
    # Certificates name their owner, and few machines may share a fingerprint.
    ProtocolSeen: frozenset({"proxied_by", "tls"}),
    Reason: frozenset({"proof"}),
    Attribution: _fields("customer enterprise uscc site address position line meter autonomous_system"),
    Hop: frozenset({"key", "ref", "valid_from", "valid_to"}),
}
# What reasons may still say: the words of lists and of our own tables.
PARAMS_KEPT: Final = frozenset(
    {"list", "as_of", "kind", "pool", "name", "age_seconds", "algorithm", "coin", "dialect", "hashrate_hs"}
)
# Of a hidden pool they are as good as its address.
_PARAMS_OF_POOL: Final = frozenset({"name", "pool"})
# Names of layers; what stands behind a colon numbers a line, a bearer or a session.
_LAYER_ID: Final = r"(?s):.*"
# A program and its version, of at most three numbers: four are an address, and longer ones a telephone's.
_PROGRAM: Final = r"(?P<name>[A-Za-z][A-Za-z0-9_-]{2,30})/v?\d{1,3}(?:\.\d{1,3}){1,2}(?![.\d])"
_SECRET_CHARS_MIN: Final = 3
_S = TypeVar("_S", bound=msgspec.Struct)


class Hidden(msgspec.Struct, frozen=True):
    """The pseudonyms that stand for the two ends; "" where an end stays as it is."""

    miner: str
    pool: str

    def __bool__(self) -> bool:
        return bool(self.miner or self.pool)


class Names(msgspec.Struct, frozen=True):
    """What the miner called itself: the pseudonyms of account and wallet, and all that must stand in no text."""

    account: str
    wallet: str
    secrets: frozenset[str]

    @classmethod
    def of(cls, finding: Finding, pseudonyms: Pseudonyms) -> Names:
        """From the finding before its e-mail addresses were masked: masked accounts would all be one."""
        identity = finding.miner_identity
        account, wallet = identity.account or "", identity.wallet or ""
        return cls(
            account=pseudonyms.of(Domain.ACCOUNT, account) if account else "",
            wallet=pseudonyms.of(Domain.WALLET, wallet) if wallet else "",
            secrets=frozenset({*identity.logins, *identity.workers, account, wallet, finding.miner.ip or ""}),
        )


# ---------------------------------------------------------------- for everybody


def without_mail(finding: Finding) -> Finding:
    """The finding with the e-mail parts of all that the two sides said masked."""
    if not _may_name_mail(finding):
        return finding
    identity, reasons = finding.miner_identity, reasons_without_mail(finding.reasons)
    masked = msgspec.structs.replace(
        identity,
        logins=tuple(map(_masked, identity.logins)),
        workers=tuple(map(_masked, identity.workers)),
        account=UNSET if identity.account is UNSET else _masked(identity.account),
        wallet=UNSET if identity.wallet is UNSET else _masked(identity.wallet),
        agent=UNSET if identity.agent is UNSET else _masked(identity.agent),
    )
    rigs = finding.rig_sessions
    shown = UNSET if rigs is UNSET else tuple(map(_rig_without_mail, rigs))
    return msgspec.structs.replace(finding, miner_identity=masked, rig_sessions=shown, reasons=reasons)


def _may_name_mail(finding: Finding) -> bool:
    """Whether anything that the two sides said may be an e-mail address or the beginning of one: hardly ever, so all of
    it is looked at at once.
    """
    identity, rigs = finding.miner_identity, finding.rig_sessions
    said = [identity.account, identity.wallet, identity.agent, *identity.logins, *identity.workers]
    words = [word for reason in finding.reasons if reason.params is not UNSET for word in reason.params.values()]
    texts = [text for text in (*said, *words) if isinstance(text, str)]
    if rigs is not UNSET or any(len(text) >= FIELD_CHARS_MAX for text in texts):
        return True
    return has_at("\n".join([*texts, *(reason.proof or "" for reason in finding.reasons)]))


def _rig_without_mail(rig: RigSession) -> RigSession:
    worker, agent = rig.worker, rig.agent
    return msgspec.structs.replace(
        rig,
        worker=UNSET if worker is UNSET else mask_mail(worker, is_cut=len(worker) >= RIG_TEXT_CHARS_MAX),
        agent=UNSET if agent is UNSET else mask_mail(agent, is_cut=len(agent) >= RIG_TEXT_CHARS_MAX),
    )


def reasons_without_mail(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(_reason_without_mail(reason) for reason in reasons)


def _reason_without_mail(reason: Reason) -> Reason:
    params, proof = reason.params, reason.proof
    if params is not UNSET:
        params = {name: _masked(value) if isinstance(value, str) else value for name, value in params.items()}
    if proof is not UNSET:
        proof = mask_mail(proof)
    if params == reason.params and proof == reason.proof:
        return reason
    return msgspec.structs.replace(reason, params=params, proof=proof)


def _masked(text: str) -> str:
    """A text of the wire without e-mail. One that was cut may end within an address: its last part goes too."""
    return mask_mail(text, is_cut=len(text) >= FIELD_CHARS_MAX)


# ---------------------------------------------------------------- for those who are hidden


def hide_finding(finding: Finding, hidden: Hidden, names: Names) -> Finding:
    """What may leave of a finding. Its id and those of related ones are the caller's to replace."""
    identity, attribution, tunnel = finding.miner_identity, finding.attribution, finding.tunnel
    if tunnel is not UNSET:
        tunnel = TunnelPaths(_layers(tunnel.miner_to_pool), _layers(tunnel.pool_to_miner))
    if attribution is not UNSET and (hidden.miner if attribution.end is End.MINER else hidden.pool):
        attribution = _hide_attribution(attribution)
    return msgspec.structs.replace(
        _only(finding),
        miner=_hide_miner(finding.miner, hidden.miner) if hidden.miner else finding.miner,
        pool=_hide_pool(finding.pool, hidden.pool) if hidden.pool else finding.pool,
        tunnel=tunnel,
        protocol=_only(finding.protocol),
        reasons=_hide_reasons(finding.reasons, hidden),
        miner_identity=_hide_identity(identity, names) if hidden.miner else identity,
        attribution=attribution,
        related=finding.related,
    )


def hide_sighting(sighting: Sighting, hidden: Hidden) -> Sighting:
    """What may leave of a sighting; its id is the caller's to replace."""
    source, target = sighting.miner, sighting.pool
    if hidden.miner:
        source = Source(subject=hidden.miner, realm=source.realm)
    if hidden.pool:
        target = Target(subject=hidden.pool, coin=target.coin)
    return msgspec.structs.replace(
        _only(sighting),
        miner=source,
        pool=target,
        protocol=_only(sighting.protocol),
        reasons=_hide_reasons(sighting.reasons, hidden),
    )


def _only(whole: _S) -> _S:
    """A copy with nothing but what is kept; what the type demands besides is replaced by the caller."""
    return msgspec.structs.replace(whole, **_absent(type(whole)))


@functools.cache
def _absent(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields that can be absent and are not kept."""
    kept, names, defaults = KEPT[struct], struct.__struct_fields__, struct.__struct_defaults__
    # Defaults are those of the last fields. To ask for types as well takes as long as to hide a hundred findings.
    optional = zip(names[len(names) - len(defaults) :], defaults, strict=True)
    return {name: UNSET for name, default in optional if default is UNSET and name not in kept}


def _hide_miner(miner: MinerEnd, subject: str) -> MinerEnd:
    return MinerEnd(subject=subject, realm=miner.realm)


def _hide_pool(pool: PoolEnd, subject: str) -> PoolEnd:
    return PoolEnd(subject=subject, coin=pool.coin)


def _hide_identity(identity: MinerIdentity, names: Names) -> MinerIdentity:
    """Account and wallet stay recognisable from finding to finding, rigs stay counted; no name of either leaves."""
    return msgspec.structs.replace(
        _only(identity),
        logins=(),
        workers=(),
        account=names.account or UNSET,
        wallet=names.wallet or UNSET,
        agent=_plain_agent(identity, names.secrets),
    )


def _plain_agent(identity: MinerIdentity, secrets: frozenset[str]) -> str | UnsetType:
    """The program and its version, where the agent begins with a program that our tables know: behind them, and in
    programs that nobody knows, people write what they like.
    """
    agent, software = identity.agent, identity.software
    found = re.match(_PROGRAM, agent) if isinstance(agent, str) else None
    if found is None or not isinstance(software, str) or _letters(found["name"]) not in _letters(software):
        return UNSET
    program = found[0].lower()
    tells = any(len(secret) >= _SECRET_CHARS_MIN and secret.lower() in program for secret in secrets)
    return UNSET if tells else found[0]


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _hide_reasons(reasons: tuple[Reason, ...], hidden: Hidden) -> tuple[Reason, ...]:
    kept = PARAMS_KEPT - _PARAMS_OF_POOL if hidden.pool else PARAMS_KEPT
    return tuple(msgspec.structs.replace(_only(reason), params=_hide_params(reason.params, kept)) for reason in reasons)


def _hide_params(params: dict[str, Param] | UnsetType, kept: frozenset[str]) -> dict[str, Param] | UnsetType:
    if params is UNSET:
        return UNSET
    return {name: value for name, value in params.items() if name in kept} or UNSET


def _hide_attribution(attribution: Attribution) -> Attribution:
    return msgspec.structs.replace(_only(attribution), hops=tuple(_only(hop) for hop in attribution.hops))


def _layers(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(re.sub(_LAYER_ID, "", layer) for layer in path)
