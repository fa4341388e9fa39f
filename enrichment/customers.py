"""Customers of the operator: the only source that gives an enterprise and a site. The longest prefix wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final, NoReturn, Self

import msgspec

from enrichment import uscc
from enrichment.addresses import Range, normalise
from enrichment.base import EnrichmentError, Options, Problem, Problems
from enrichment.customer_file import ANY_REALM, CustomerFile
from enrichment.divisions import DivisionLevel, division
from enrichment.model import DataVersion, Datum, Facts, Flag, Hop, Interval, Level, Owner, Subject
from enrichment.ranges import TooDeepError
from enrichment.records import ALWAYS, FOREVER, NOBODY, Owners, Place, Table, TooManyPeriodsError
from enrichment.validity import COVER_CERTAIN, Choice, Period, choose

# What an operator's own records are worth when they cover the session: kept by hand, some days late.
CONFIDENCE: Final = 0.95
# Records whose answer is kept, where they cover the whole session: customers who mine are few, and asked for often.
_SURE_MAX: Final = 4096
# Addresses whose answer is kept for as long as it lasts: those of miners and pools.
_LASTING_MAX: Final = 16_384
# A file number takes one byte.
FILES_MAX: Final = 255
# Records of one customer that a hop names.
_TEXTS: Final = ("customer", "enterprise", "uscc", "site", "address", "division", "line", "meter")
_REFS_MAX: Final = 4
_DIVISION_LEVELS: Final = {
    DivisionLevel.COUNTY: Level.CITY,
    DivisionLevel.CITY: Level.CITY,
    DivisionLevel.PROVINCE: Level.PROVINCE,
}


class Lasting(msgspec.Struct, frozen=True, gc=False):
    """The answer for every session from ``from_ns`` to before ``to_ns``."""

    from_ns: int
    to_ns: int
    facts: Facts | None

    def covers(self, interval: Interval) -> bool:
        return self.from_ns <= interval.from_ns and max(interval.from_ns, interval.to_ns) < self.to_ns


class Customers:
    """The records of all files together."""

    name: ClassVar[str] = "customers"
    tells_owner: ClassVar[bool] = True

    def __init__(self) -> None:
        self.problems = Problems()
        self.records_count = 0
        self.nested_count = 0
        self._paths: list[Path] = []
        self._versions: list[DataVersion] = []
        self._owners = Owners()
        self._tables: dict[tuple[int, int], Table] = {}
        self._realmless: list[tuple[Range, Place]] = []  # of broken lines
        self._sure: dict[tuple[int, int, int], Facts] = {}  # by realm, version of IP and record
        self._lasting: dict[tuple[int, str], Lasting] = {}  # by realm and address

    @classmethod
    def load(cls, paths: Sequence[Path], options: Options, previous: Self | None = None) -> Self:
        customers = cls()
        if len(paths) > FILES_MAX:
            raise EnrichmentError(f"{paths[FILES_MAX]}: more than {FILES_MAX} files of customers; put some together")
        for path in paths:
            customers._read(path, options)
        customers._add_to_every_realm()
        customers._owners.close()
        for table in customers._tables.values():
            customers._close(table)
        return customers

    @property
    def versions(self) -> tuple[DataVersion, ...]:
        return tuple(self._versions)

    def counts(self) -> dict[str, int]:
        return {"records": self.records_count, "ranges within wider ones, which they go before": self.nested_count}

    def lookup(self, subject: Subject, interval: Interval) -> Facts | None:
        lasting = self._lasting.get((subject.realm, subject.ip))
        if lasting is not None and lasting.covers(interval):
            return lasting.facts
        address = normalise(subject.ip)
        if address is None:
            return None
        table = self._tables.get((subject.realm, address.version))
        if table is None:
            return None
        choice = choose(self._levels(table, address.number), interval)
        facts = None if choice is None else self._chosen(subject.realm, table, choice)
        if choice is None:
            self._remember(subject, Lasting(ALWAYS, FOREVER, None))
        elif choice.is_sole:
            period = table.period(choice.record)
            from_ns = ALWAYS if period.from_ns is None else period.from_ns
            self._remember(subject, Lasting(from_ns, FOREVER if period.to_ns is None else period.to_ns, facts))
        return facts

    def _levels(self, table: Table, number: int) -> Iterator[list[Period]]:
        """The records over this address, all those of one customer with one number for their owner. Nearly always the
        first is all that is asked for, and it is alone.
        """
        party_of: dict[tuple[str, str], int] = {}
        for depth, periods in enumerate(table.levels(number)):
            if depth or len(periods) > 1:
                yield [msgspec.structs.replace(one, owner=self._party(one.owner, party_of)) for one in periods]
                continue
            yield periods
            self._party(periods[0].owner, party_of)

    def _party(self, owner: int, party_of: dict[tuple[str, str], int]) -> int:
        """The first owner that was met of the same customer."""
        customer = None if owner == NOBODY else _customer_of(self._owners[owner])
        return owner if customer is None else party_of.setdefault(customer, owner)

    def _remember(self, subject: Subject, lasting: Lasting) -> None:
        if len(self._lasting) >= _LASTING_MAX:
            self._lasting.clear()
        self._lasting[subject.realm, subject.ip] = lasting

    def _chosen(self, realm: int, table: Table, choice: Choice) -> Facts:
        if choice.cover < 1.0 or choice.others:
            return self._facts(table, choice)
        key = (realm, table.version, choice.record)
        facts = self._sure.get(key)
        if facts is None:
            if len(self._sure) >= _SURE_MAX:
                self._sure.clear()
            facts = self._sure[key] = self._facts(table, choice)
        return facts

    def owners(self) -> Iterator[Owner]:
        """Every owner once, in the order of the files: a reveal looks for its pseudonym among them."""
        return iter(self._owners)

    @property
    def byte_size(self) -> int:
        return self._owners.byte_size + sum(table.byte_size for table in self._tables.values())

    # ------------------------------------------------------------ answers

    def _facts(self, table: Table, choice: Choice) -> Facts:
        period, records = table.period(choice.record), (choice.record, *choice.others)
        hop = Hop(
            source=self.name,
            key=str(table.addresses(table.group_of(choice.record))),
            ref=", ".join(self._ref(table, record) for record in records[:_REFS_MAX]),
            from_ns=period.from_ns,
            to_ns=period.to_ns,
            cover=round(choice.cover, 4),
            confidence=round(CONFIDENCE * choice.cover, 4),
        )
        if choice.unanswered is not None:
            return Facts(hop=hop, level=Level.NONE, unanswered=choice.unanswered)
        owner = _joined([self._owners[table.period(record).owner] for record in records])
        return Facts(hop=hop, level=level_of(owner), says=owner, flags=_flags(owner, choice.cover))

    def _ref(self, table: Table, record: int) -> str:
        place = table.place(record)
        return f"{self._paths[place.file].name}:{place.line}"

    # ------------------------------------------------------------ reading

    def _read(self, path: Path, options: Options) -> None:
        file = CustomerFile(path, options.utc_offset_minutes, self.problems)
        number = len(self._paths)
        self._paths.append(path)
        before = self.records_count
        for row in file.rows():
            place = Place(number, row.line)
            if row.realm == ANY_REALM:
                self._realmless.append((row.addresses, place))
                continue
            key = (row.realm, row.addresses.version)
            table = self._tables.get(key)
            if table is None:
                table = self._tables[key] = Table(row.addresses.version)
            owner = NOBODY if row.owner is None else self._owners.add(row.owner)
            table.add(row.addresses, (row.from_ns, row.to_ns), owner, place)
            self.records_count += owner != NOBODY
        self._versions.append(file.version)
        if self.records_count == before:
            self._refuse_empty(path)

    def _add_to_every_realm(self) -> None:
        """A line that does not say its realm may stand for a household in any."""
        for addresses, place in self._realmless:
            for (_, version), table in self._tables.items():
                if version == addresses.version:
                    table.add(addresses, (None, None), NOBODY, place)
        self._realmless = []

    def _refuse_empty(self, path: Path) -> NoReturn:
        for problem in self.problems.kept:
            if problem.is_lost and problem.where.startswith(f"{path}:"):
                raise EnrichmentError(f"{problem} (no record of the file can be read)")
        raise EnrichmentError(f"{path}: no records; give it a line for each prefix, see docs/attribution.md")

    def _close(self, table: Table) -> None:
        try:
            table.close()
        except TooManyPeriodsError as error:
            self._refuse(table, error.record, "more records of one range than one a day for years")
        except TooDeepError as error:
            record = table.records_of(error.number)[0]
            self._refuse(table, record, "more ranges over the same addresses than any plan has")
        for one, other in table.overlaps():
            addresses = table.addresses(table.group_of(other))
            customer, second = (_customer_of(self._owners[table.period(record).owner]) for record in (one, other))
            if customer is not None and customer == second:
                what = f"says other things of the customer of {addresses} than"
                self._complain(table, (one, other), what, "put both into one line, or only what is the same is told")
            else:
                self._complain(table, (one, other), f"gives {addresses} to a second owner at the same time as")
        for one, other in table.index.crossings:
            records = table.records_of(one)[0], table.records_of(other)[0]
            what = f"{table.addresses(other)} overlaps {table.addresses(one)} of"
            self._complain(table, records, what)
        self.nested_count += table.index.nested_count

    def _complain(
        self, table: Table, records: tuple[int, int], what: str, remedy: str = "end one where the other begins"
    ) -> None:
        """About two records that do not go together; both still count."""
        one, other = records
        place = table.place(other)
        where = f"{self._paths[place.file]}:{place.line}"
        self.problems.add(Problem(where, f"{what} {self._ref(table, one)}", remedy, is_lost=False))

    def _refuse(self, table: Table, record: int, what: str) -> NoReturn:
        place = table.place(record)
        raise EnrichmentError(
            f"{self._paths[place.file]}:{place.line}: {what}; correct it, this is no list of customers"
        )


def _customer_of(owner: Owner) -> tuple[str, str] | None:
    """Who it is, whatever else the record says: a second meter is nobody else. None: the record does not tell."""
    return (owner.kind, owner.customer) if owner.customer else None


def _joined(owners: list[Owner]) -> Owner:
    """What all records of one customer say, as far as none contradicts another."""
    first, *others = owners
    if not others:
        return first
    texts = {name: _common([getattr(owner, name) for owner in owners]) for name in _TEXTS}
    positions = {(owner.latitude, owner.longitude, owner.datum) for owner in owners if owner.latitude is not None}
    latitude, longitude, datum = positions.pop() if len(positions) == 1 else (None, None, Datum.UNKNOWN)
    return Owner(kind=first.kind, latitude=latitude, longitude=longitude, datum=datum, **texts)


def _common(said: list[str]) -> str:
    known = {text for text in said if text}
    return known.pop() if len(known) == 1 else ""


def level_of(owner: Owner) -> Level:
    """How precisely a record says where its owner is."""
    if owner.site:
        return Level.SITE
    if owner.address:
        return Level.STREET
    if owner.line:
        return Level.LINE
    known = division(owner.division)
    return _DIVISION_LEVELS[known.level] if known else Level.OPERATOR


def _flags(owner: Owner, cover: float) -> tuple[Flag, ...]:
    flags = {
        Flag.PARTIAL: cover < COVER_CERTAIN,
        Flag.USCC_INVALID: bool(owner.uscc) and not uscc.is_valid(owner.uscc),
        Flag.NO_SITE: not owner.site and not owner.address,
    }
    return tuple(flag for flag, is_set in flags.items() if is_set)
