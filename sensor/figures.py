"""How much is mined and with how much power: the figures of a finding. docs/estimates.md says how they arise.

Each figure has a low and a high beside its best value, and names what it rests on. What cannot be known is absent.
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType


class EstimateFlag(enum.StrEnum):
    """What a reader of an estimate must know beside the figures."""

    ALGORITHM_UNKNOWN = "algorithm_unknown"
    ALGORITHM_ASSUMED = "algorithm_assumed"
    CONVENTION_AMBIGUOUS = "convention_ambiguous"
    DIFFICULTY_UNKNOWN = "difficulty_unknown"
    DIFFICULTY_ASSUMED = "difficulty_assumed"
    DIFFICULTY_MISSED = "difficulty_missed"
    NOT_BELIEVED = "not_believed"
    BYTES_MISSING = "bytes_missing"
    REJECTS_MANY = "rejects_many"
    PAUSED = "paused"
    AGENT_CONTRADICTED = "agent_contradicted"
    SELF_REPORT_DIFFERS = "self_report_differs"
    POWER_ELSEWHERE = "power_elsewhere"
    DEVELOPER_FEE = "developer_fee"
    DUAL_MINING = "dual_mining"


class HashrateBasis(enum.StrEnum):
    """Where the work of a share was read."""

    SHARES = "shares"  # difficulty or target as the pool sent it
    SHARE_HASHES = "share_hashes"  # the hashes of the shares themselves
    DIFFICULTY_LADDER = "difficulty_ladder"  # the power of two that fits the machine


class AlgorithmBasis(enum.StrEnum):
    """What names the algorithm."""

    JOB = "job"
    DIALECT = "dialect"
    AGENT = "agent"
    POOL_LIST = "pool_list"


class RigsBasis(enum.StrEnum):
    """How rigs were counted."""

    CONNECTION = "connection"  # one connection, one rig
    WORKERS = "workers"  # names that sent shares
    NONCE_SLOTS = "nonce_slots"  # a proxy gives each rig its part of the nonces
    RIG_SESSIONS = "rig_sessions"  # rigs behind an agent, each registered by itself
    HASHRATE_DIVISION = "hashrate_division"  # hashrate over that of machines of the kind
    RELATED = "related"  # counted in a related finding


class PowerBasis(enum.StrEnum):
    """Which machines' efficiency it is."""

    MODEL = "model"  # the model is known, its own firmware, and the hashrate fits
    MODEL_TUNED = "model_tuned"  # the model is known, tuning is not
    VENDOR = "vendor"  # the maker's machines of this hashrate
    ALGORITHM = "algorithm"  # all machines of the algorithm


class HardwareBasis(enum.StrEnum):
    """What tells the kind of machine."""

    AGENT = "agent"
    HASHRATE = "hashrate"
    BOTH = "agent_and_hashrate"


class Relation(enum.StrEnum):
    """What joins two findings."""

    DEVELOPER_FEE = "developer_fee"
    DUAL_MINING = "dual_mining"


class Quantity(msgspec.Struct, frozen=True):
    """A value with its bounds."""

    low: Annotated[float, Meta(description="lower bound")]
    best: Annotated[float, Meta(description="best estimate")]
    high: Annotated[float, Meta(description="upper bound")]


class Window(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The time that the figures are of."""

    from_: Annotated[
        str,
        Meta(
            description="its start: the first job whose difficulty is known, or what was seen first",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    to: Annotated[
        str,
        Meta(
            description="its end: that of this revision, or where the rig fell silent",
            extra_json_schema={"format": "date-time"},
        ),
    ]
    active_seconds: Annotated[float, Meta(description="its length without the pauses; `hashrate_hs` is of this time")]


class Rigs(msgspec.Struct, frozen=True):
    """How many rigs share the connection."""

    low: Annotated[int, Meta(description="at least")]
    best: Annotated[int, Meta(description="best estimate; 0 where they are counted in a related finding")]
    high: Annotated[int, Meta(description="at most, as far as can be seen")]
    basis: Annotated[RigsBasis, Meta(description="how they were counted")]


class Hardware(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """The machines that fit what was seen."""

    class_: Annotated[str, Meta(description="the kind of machine")]
    basis: Annotated[HardwareBasis, Meta(description="what tells it")]
    vendor: Annotated[str | UnsetType, Meta(description="the maker, where the agent tells it")] = UNSET
    models: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="models that fit agent and hashrate, at most 8")
    ] = UNSET


class Power(msgspec.Struct, frozen=True):
    """Electric power, in watts, of all rigs of the connection while they are active."""

    low: Annotated[float, Meta(description="lower bound, site included")]
    best: Annotated[float, Meta(description="best estimate, site included")]
    high: Annotated[float, Meta(description="upper bound, site included")]
    it: Annotated[Quantity, Meta(description="of the machines alone, in watts")]
    joules_per_hash: Annotated[Quantity, Meta(description="efficiency of the machines at the wall")]
    pue: Annotated[Quantity, Meta(description="power of the site over that of the machines")]
    basis: Annotated[PowerBasis, Meta(description="which machines' efficiency it is")]


class SelfReport(msgspec.Struct, frozen=True):
    """What the miner says of its own hashrate: it confirms or is flagged, and never replaces a figure."""

    hashrate_hs: Annotated[float, Meta(description="as reported last")]
    agrees: Annotated[
        bool | UnsetType,
        Meta(
            description="whether it is 0.8 to 1.25 times the estimate, bounds included; absent where it may have "
            "overflowed its 32 bits"
        ),
    ] = UNSET


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Hashrate, rigs and power of one session over its window."""

    algorithm: Annotated[str | UnsetType, Meta(description="what is hashed; absent where nothing tells it")] = UNSET
    algorithm_basis: Annotated[AlgorithmBasis | UnsetType, Meta(description="what names the algorithm")] = UNSET
    unit: Annotated[str | UnsetType, Meta(description="what one hash is: `H/s`, `Sol/s`, `graphs/s`, `proofs/s`")] = (
        UNSET
    )
    hashrate_hs: Annotated[
        Quantity | UnsetType,
        Meta(
            description="of all shares that cost work, accepted or not, with 95 % bounds; absent where the work of a "
            "share is not known"
        ),
    ] = UNSET
    accepted_hs: Annotated[
        Quantity | UnsetType, Meta(description="of accepted shares alone: what is paid; absent without answers")
    ] = UNSET
    basis: Annotated[HashrateBasis | UnsetType, Meta(description="where the work of a share was read")] = UNSET
    window: Annotated[Window | UnsetType, Meta(description="the time that the figures are of")] = UNSET
    work: Annotated[
        float | UnsetType,
        Meta(description="expected hashes of the counted shares: differences of two revisions may be added up"),
    ] = UNSET
    shares_counted: Annotated[int, Meta(description="shares that the figures rest on")]
    shares_effective: Annotated[float | UnsetType, Meta(description="as many equal shares would tell as much")] = UNSET
    reject_ratio: Annotated[
        float | UnsetType, Meta(description="rejected over answered shares; absent without answers")
    ] = UNSET
    hardware: Annotated[Hardware | UnsetType, Meta(description="the machines that fit")] = UNSET
    rigs: Annotated[Rigs | UnsetType, Meta(description="how many rigs")] = UNSET
    power_w: Annotated[
        Power | UnsetType, Meta(description="electric power; absent where the efficiency is not known")
    ] = UNSET
    self_report: Annotated[SelfReport | UnsetType, Meta(description="the miner's own word for its hashrate")] = UNSET
    flags: Annotated[tuple[EstimateFlag, ...], Meta(description="what must be known beside the figures")]


class Related(msgspec.Struct, frozen=True):
    """Another finding of the same miner that must not be counted beside this one."""

    finding_id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="its id")]
    relation: Annotated[Relation, Meta(description="what joins them")]
    is_main: Annotated[bool, Meta(description="whether rigs and power are counted there")]
