from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sensor.access_log import AccessLog, Asked
from sensor.config import EnrichmentSettings, PrivacySettings, Settings
from sensor.doctor.base import Diagnosis, Status, Visit
from sensor.doctor.owners import customers, geoip, privacy
from sensor.keyfile import new_key
from sensor.limits import GEOIP_AGE_DAYS_MAX
from tests.lab.mmdb import BUILT, asn, city, write_mmdb
from tests.unit.doctor.visits import NOW, the

HEAD = "prefix,kind,customer,site\n"
ROW = "198.51.100.0/28,enterprise,C-1,Hall 2\n"
BUILT_AT = datetime.datetime.fromtimestamp(BUILT, tz=datetime.UTC)


def visit(*, now: datetime.datetime = NOW, key: Path | None = None, log: Path | None = None, **files: object) -> Visit:
    enrichment = EnrichmentSettings(**files)  # type: ignore[arg-type]
    wanted = PrivacySettings("" if key is None else str(key), "" if log is None else str(log))
    return Visit(Settings(enrichment=enrichment, privacy=wanted), now)


def of_customers(tmp_path: Path, *contents: str) -> Diagnosis:
    paths = []
    for number, content in enumerate(contents):
        path = tmp_path / f"c{number}.csv"
        path.write_text(content)
        paths.append(str(path))
    return the(customers(visit(customers=tuple(paths))))


# ---------------------------------------------------------------- customers


def test_nothing_configured_is_well() -> None:
    for check in (customers, geoip, privacy):
        assert the(check(visit())).status is Status.OK


def test_a_sound_list_is_counted(tmp_path: Path) -> None:
    found = of_customers(tmp_path, HEAD + ROW + "198.51.100.4,household,,\n")
    assert found.status is Status.OK
    assert found.what.startswith("2 records, 1 ranges within wider ones")
    assert of_customers(tmp_path, HEAD + ROW, HEAD + ROW.replace("100.0", "101.0")).what.startswith(
        "2 files, 2 records"
    )


def test_lines_that_cannot_be_taken_are_told_with_the_first(tmp_path: Path) -> None:
    found = of_customers(tmp_path, HEAD + ROW + "office,enterprise,C-2,\n" + "1.2.3.4,castle,,\n")
    assert found.status is Status.WARN
    assert "2 lines cannot be taken, such as " in found.what
    assert "c0.csv:3: " in found.what
    assert found.remedy == "minesensor enrichment check names each line"


def test_two_owners_of_one_address_are_told(tmp_path: Path) -> None:
    found = of_customers(tmp_path, HEAD + ROW + ROW.replace("C-1", "C-2"))
    assert found.status is Status.WARN
    assert "c0.csv:" in found.what


def test_a_broken_line_does_not_hide_two_owners_of_one_address(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(HEAD + "office,enterprise,C-9,\n" + ROW + ROW.replace("C-1", "C-2"))
    lost, doubtful = customers(visit(customers=(str(path),)))
    assert (lost.status, doubtful.status) == (Status.WARN, Status.WARN)
    assert "1 lines cannot be taken, such as " in lost.what
    assert "1 lines are doubtful, such as " in doubtful.what
    assert "second owner" in doubtful.what


def test_a_list_that_cannot_be_used_does_not_hide_the_others(tmp_path: Path) -> None:
    names = ("bad.csv", "good.csv", "none.csv", "doubtful.csv")
    paths = [tmp_path / name for name in names]
    paths[0].write_text("prefix,customer\n")
    paths[1].write_text(HEAD + ROW)
    paths[3].write_text(HEAD + ROW.replace("C-1", "C-2"))
    found = customers(visit(customers=tuple(map(str, paths))))
    assert [diagnosis.status for diagnosis in found] == [Status.FAIL, Status.FAIL, Status.WARN]
    assert found[2].what.startswith("2 files, 2 records")
    assert "second owner" in found[2].what


@pytest.mark.parametrize("content", ["", "prefix,customer\n1.2.3.4,x\n", "prefix,kind\noffice,castle\n"])
def test_a_list_that_cannot_be_used_is_a_failure(content: str, tmp_path: Path) -> None:
    found = of_customers(tmp_path, content)
    assert (found.status, bool(found.remedy)) == (Status.FAIL, True)
    assert "c0.csv" in found.what


def test_a_list_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    assert the(customers(visit(customers=(str(tmp_path / "none.csv"),)))).status is Status.FAIL


# ---------------------------------------------------------------- GeoIP


def test_databases_are_told_with_their_age(tmp_path: Path) -> None:
    places = write_mmdb(tmp_path / "city.mmdb", {"198.51.100.0/24": city("CN", "NM", "Ordos")}, "GeoLite2-City")
    carriers = write_mmdb(tmp_path / "asn.mmdb", {"198.51.100.0/24": asn(64500, "Demo")}, "GeoLite2-ASN")
    for days, status in ((GEOIP_AGE_DAYS_MAX, Status.OK), (GEOIP_AGE_DAYS_MAX + 1, Status.WARN)):
        now = BUILT_AT + datetime.timedelta(days=days)
        found = geoip(visit(now=now, city=str(places), asn=str(carriers)))
        assert [diagnosis.status for diagnosis in found] == [status, status]
        assert [diagnosis.what for diagnosis in found] == [
            f"{name}: sound, built 2026-03-01, {days} days ago" for name in ("city.mmdb", "asn.mmdb")
        ]


def test_one_bad_database_does_not_hide_the_other(tmp_path: Path) -> None:
    carriers = write_mmdb(tmp_path / "asn.mmdb", {"198.51.100.0/24": asn(64500, "Demo")}, "GeoLite2-ASN")
    found = geoip(visit(now=BUILT_AT, city=str(carriers), asn=str(carriers)))
    assert [diagnosis.status for diagnosis in found] == [Status.FAIL, Status.OK]
    assert found[0].remedy
    carriers.write_bytes(carriers.read_bytes()[:-100])
    assert the(geoip(visit(now=BUILT_AT, asn=str(carriers)))).status is Status.FAIL


# ---------------------------------------------------------------- privacy


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "privacy.key"
    new_key(path)
    return path


def test_customers_without_a_key_are_a_failure() -> None:
    found = the(privacy(visit(customers=("c.csv",))))
    assert (found.status, "new-key" in found.remedy) == (Status.FAIL, True)


def test_a_key_is_named_by_its_number_and_never_shown(key: Path, tmp_path: Path) -> None:
    found = privacy(visit(key=key, log=tmp_path / "reveals.log"))
    assert [diagnosis.status for diagnosis in found] == [Status.OK, Status.OK]
    secret = key.read_text().splitlines()[-1]
    assert not any(secret in diagnosis.what for diagnosis in found)


def test_a_key_that_others_may_read_is_a_failure(key: Path) -> None:
    key.chmod(0o644)
    found, _ = privacy(visit(key=key))
    assert (found.status, found.remedy) == (Status.FAIL, f"run: chmod 600 {key}")


def test_a_key_that_cannot_be_used_does_not_hide_the_log(key: Path, tmp_path: Path) -> None:
    key.chmod(0o644)
    path = tmp_path / "reveals.log"
    path.write_text("no entry\n")
    found = privacy(visit(key=key, log=path))
    assert [diagnosis.status for diagnosis in found] == [Status.FAIL, Status.FAIL]
    assert str(path) in found[1].what
    assert [diagnosis.status for diagnosis in privacy(visit(log=path))] == [Status.OK, Status.FAIL]


def test_without_a_log_nobody_can_be_revealed_and_that_is_told(key: Path) -> None:
    assert [diagnosis.status for diagnosis in privacy(visit(key=key))] == [Status.OK, Status.WARN]


def test_a_log_is_whole_or_it_is_a_failure(key: Path, tmp_path: Path) -> None:
    path = tmp_path / "reveals.log"
    for _ in range(2):
        AccessLog(path).append(Asked("2026-11-26T10:00:00Z", "root", "case 17", "s", "", "revealed"))
    assert privacy(visit(key=key, log=path))[1].what == f"{str(path)!a}: 2 entries, and their chain is whole"
    path.write_bytes(path.read_bytes().replace(b"case 17", b"case 18", 1))
    found = privacy(visit(key=key, log=path))[1]
    assert (found.status, bool(found.remedy)) == (Status.FAIL, True)
