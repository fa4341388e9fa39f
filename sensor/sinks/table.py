"""A table for people: who mines where, in which dialect, how much, and why we say so. Printed when the scan is over.

All text of the wire is escaped: no control character, no direction mark and no markup of the terminal gets through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, assert_never

import msgspec
from msgspec import UNSET, UnsetType

from sensor.detect.judge import GRADE_RANK
from sensor.detect.proof import printable, readable
from sensor.detect.sentences import sentence
from sensor.estimate.fleet import Fleet
from sensor.failure import UnavailableError
from sensor.figures import Quantity
from sensor.finding import Finding, Grade, MinerEnd, PoolEnd, Reason, ReasonCode, Sighting, Source
from sensor.health import Health
from sensor.limits import TABLE_ROWS_MAX
from sensor.message import Message
from sensor.sinks.units import three_digits, with_bounds
from system.fault import words

if TYPE_CHECKING:
    from rich.console import Console

# The reasons that say most, first; a row shows two.
_TELLING: Final = (
    ReasonCode.SHARE_ACCEPTED,
    ReasonCode.SHARE_SENT,
    ReasonCode.JOB_SEEN,
    ReasonCode.LOGIN_ACCEPTED,
    ReasonCode.LOGIN_REFUSED,
    ReasonCode.LOGIN_SENT,
    ReasonCode.ONLY_MINER_SEEN,
    ReasonCode.ONLY_POOL_SEEN,
    ReasonCode.NAME_LEARNED,
    ReasonCode.ADDRESS_LISTED,
)
_REASONS_SHOWN: Final = 2
_TEXT_CHARS_MAX: Final = 28
_WORKERS_SHOWN: Final = 2
# The number of the key and twelve digits tell the households of one table apart.
_SUBJECT_CHARS: Final = 21
# A column has a few characters then. A narrower terminal wraps the lines; a narrower table would leave columns out.
_WIDTH_CHARS_MIN: Final = 80
Key = tuple[int, str, str, int, str, str]


class Row(msgspec.Struct):
    """The sessions of one miner address, pool endpoint and account; or one session."""

    first: Finding
    grade: Grade
    reasons: tuple[Reason, ...]
    sessions: int = 0
    submitted: int | None = None
    accepted: int | None = None
    rejected: int | None = None
    workers: dict[str, None] = msgspec.field(default_factory=dict)
    workers_count: int = 0
    fleet: Fleet = msgspec.field(default_factory=Fleet)


class TableSink:
    """Gathers the last states; ``by_session``: a row each. Rows beyond the bound are counted only."""

    def __init__(self, console: Console, *, by_session: bool) -> None:
        console.width = max(console.width, _WIDTH_CHARS_MIN)
        self._console = console
        self._by_session = by_session
        self._rows: dict[Key, Row] = {}
        self._sightings: list[Sighting] = []
        self._left_out = 0

    def write(self, message: Message) -> None:
        match message.body:
            case Finding() as finding:
                self._add_finding(finding)
            case Sighting() as sighting:
                self._add_sighting(sighting)
            case Health():
                pass  # the summary below the table says the same
            case body:
                assert_never(body)

    def tick(self) -> None:
        """It is printed whole, at the end."""

    def close(self) -> None:
        try:
            self._print_all()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UnavailableError("standard output", words(error), "make room or choose another target") from error

    def _print_all(self) -> None:
        if self._rows:
            self._print_findings(list(self._rows.values()))
        if self._sightings:
            cells = [_sighting_cells(sighting) for sighting in self._sightings]
            self._print("Sightings", ("Source", "Target", "What", "Count", "First seen", "Why"), cells)
        if self._left_out:
            self._console.print(f"{self._left_out} rows more: use --json to see all", markup=False)

    def _print_findings(self, rows: list[Row]) -> None:
        columns: tuple[str, ...] = (
            "Miner",
            "Pool",
            "Account, worker",
            "Dialect, coin",
            "Shares",
            "Hashrate, power",
            "Grade",
            "Why",
        )
        cells = [_cells(row, by_session=self._by_session) for row in rows]
        if any(row.first.attribution is not UNSET for row in rows):
            columns = ("Miner", "Whose", *columns[1:])
            whose = [_whose(row.first, self._console.encoding) for row in rows]
            cells = [(cell[0], words, *cell[1:]) for words, cell in zip(whose, cells, strict=True)]
        self._print("Mining found", columns, cells)

    def _add_finding(self, finding: Finding) -> None:
        key = _key(finding, by_session=self._by_session)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= TABLE_ROWS_MAX:
                self._left_out += 1
                return
            row = self._rows[key] = Row(finding, finding.grade, finding.reasons)
        _add(row, finding)

    def _add_sighting(self, sighting: Sighting) -> None:
        if len(self._sightings) >= TABLE_ROWS_MAX:
            self._left_out += 1
        else:
            self._sightings.append(sighting)

    def _print(self, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        from rich import box  # noqa: PLC0415  (a third of the start-up time, and JSON needs none of it)
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(title=title, box=box.SIMPLE, title_justify="left", pad_edge=False)
        for column in columns:
            justify: Literal["left", "right"] = "right" if column == "Count" else "left"
            # No column demands a width: where demands do not fit, the last columns would be cut off.
            table.add_column(column, overflow="fold", justify=justify)
        for cells in rows:
            # Text, not str: a cell is never read as markup.
            table.add_row(*(Text(cell) for cell in cells))
        self._console.print(table)


def _key(finding: Finding, *, by_session: bool) -> Key:
    miner, pool = finding.miner, finding.pool
    account = finding.miner_identity.account
    session = finding.finding_id if by_session else ""
    return (miner.realm, _who(miner), *_where(pool), "" if account is UNSET else account, session)


def _add(row: Row, finding: Finding) -> None:
    row.sessions += 1
    if GRADE_RANK[finding.grade] > GRADE_RANK[row.grade]:
        row.grade, row.first, row.reasons = finding.grade, finding, finding.reasons
    row.submitted = _sum(row.submitted, finding.shares.submitted)
    row.accepted = _sum(row.accepted, finding.shares.accepted)
    row.rejected = _sum(row.rejected, finding.shares.rejected)
    identity = finding.miner_identity
    for worker in identity.workers:
        if len(row.workers) < TABLE_ROWS_MAX:
            row.workers[worker] = None
    row.workers_count = max(row.workers_count, identity.workers_count)
    if finding.estimate is not UNSET:
        row.fleet.add(finding.estimate)


def _sum(so_far: int | None, more: int | UnsetType) -> int | None:
    """Absent and absent is absent; absent and 5 is 5."""
    if more is UNSET:
        return so_far
    return (so_far or 0) + more


def _cells(row: Row, *, by_session: bool) -> tuple[str, ...]:
    finding = row.first
    identity, pool = finding.miner_identity, finding.pool
    miner = _who(finding.miner)
    if by_session and finding.miner.port is not UNSET:
        miner = f"{miner}:{finding.miner.port}"
    if row.sessions > 1:
        miner += f"\n{row.sessions} sessions"
    if identity.agent is not UNSET:
        miner += "\n" + _short(identity.agent)
    endpoint = _endpoint(*_where(pool))
    named = pool.host if pool.host is not UNSET else pool.name
    return (
        miner,
        endpoint if named is UNSET else f"{_short(named)}\n{endpoint}",
        "\n".join(["-" if identity.account is UNSET else _short(identity.account), *_workers(row)]),
        "\n".join([_or_dash(finding.protocol.dialect), *_coin(finding)]),
        f"{_number(row.submitted)} sent\n{_number(row.accepted)} accepted\n{_number(row.rejected)} rejected",
        "\n".join(_figures(row)),
        f"{row.grade} {finding.stage}",
        "\n".join(_why(row.reasons)),
    )


def _sighting_cells(sighting: Sighting) -> tuple[str, ...]:
    pool = sighting.pool
    endpoint = "" if pool.ip is UNSET or pool.port is UNSET else _endpoint(pool.ip, pool.port)
    host = "" if pool.host is UNSET else _short(pool.host)
    target = "\n".join(part for part in (host, endpoint) if part)
    why = "\n".join(_why(sighting.reasons)) or "-"
    return (_who(sighting.miner), target, sighting.what.value, str(sighting.count), sighting.first_seen[:19] + "Z", why)


def _whose(finding: Finding, encoding: str) -> str:
    """Enterprise and site, as far as they are known and may be; else what is known instead."""
    attribution = finding.attribution
    if attribution is UNSET:
        return "-"
    named = (attribution.enterprise or attribution.customer, attribution.site or attribution.address)
    lines = [text for text in named if text is not UNSET and text] or [attribution.kind.value]
    if attribution.reason is not UNSET:
        lines.append(attribution.reason.value.replace("_", " "))
    if attribution.division is not UNSET:
        lines.append(f"{attribution.division.province_name} {attribution.division.code}")
    return "\n".join(_shortened(readable(line, encoding)) for line in lines)


def _who(miner: MinerEnd | Source) -> str:
    """The address, or the beginning of the pseudonym that stands for it."""
    if miner.ip is not UNSET:
        return miner.ip
    return "?" if miner.subject is UNSET else f"{miner.subject[:_SUBJECT_CHARS]}..."


def _where(pool: PoolEnd) -> tuple[str, int]:
    if pool.ip is not UNSET and pool.port is not UNSET:
        return pool.ip, pool.port
    return "?" if pool.subject is UNSET else f"{pool.subject[:_SUBJECT_CHARS]}...", 0


def _why(reasons: tuple[Reason, ...]) -> list[str]:
    told = {reason.code: reason for reason in reversed(reasons)}
    ranked = [told.pop(code) for code in _TELLING if code in told] + list(told.values())
    return [sentence(reason) for reason in ranked[:_REASONS_SHOWN]]


def _workers(row: Row) -> list[str]:
    shown = [_short(worker) for worker in list(row.workers)[:_WORKERS_SHOWN]]
    more = max(row.workers_count, len(row.workers)) - len(shown)
    return [*shown, f"and {more} more"] if more > 0 else shown


def _coin(finding: Finding) -> list[str]:
    return [printable(text) for text in (finding.coin, finding.algorithm) if text is not UNSET]


def _figures(row: Row) -> list[str]:
    """Hashrate and power of the row, one algorithm below the other; what it is of only where there are several."""
    rates = row.fleet.rates()
    shown = []
    for rate in rates:
        if len(rates) > 1:
            shown.append(f"{rate.algorithm or 'algorithm unknown'}:")
        shown.append(with_bounds(rate.hashrate_hs, rate.unit))
        if rate.power_w is not None:
            shown.append(_kilowatts(rate.power_w))
    return shown or ["-"]


def _kilowatts(power: Quantity) -> str:
    low, best, high = (three_digits(watts / 1000) for watts in (power.low, power.best, power.high))
    return f"{best} kW ({low}-{high})"


def _number(count: int | None) -> str:
    return "?" if count is None else str(count)


def _or_dash(text: str | UnsetType) -> str:
    return "-" if text is UNSET else printable(text)


def _endpoint(ip: str, port: int) -> str:
    if not port:
        return ip
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _short(text: str) -> str:
    return _shortened(printable(text))


def _shortened(shown: str) -> str:
    if len(shown) <= _TEXT_CHARS_MAX:
        return shown
    half = (_TEXT_CHARS_MAX - 3) // 2
    return f"{shown[:half]}...{shown[-half:]}"
