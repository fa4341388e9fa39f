# SPDX-License-Identifier: Apache-2.0
"""The stored records of the demonstration's operator are what the lab builds, and they are sound."""

from __future__ import annotations

import csv

import pytest

from enrichment.uscc import is_organisation_valid, is_valid
from sensor.cli import run
from tests.lab import operator


@pytest.mark.parametrize("name", operator.FILES)
def test_a_rebuilt_file_is_the_stored_one_byte_for_byte(name: str) -> None:
    assert operator.FILES[name]() == (operator.FOLDER / name).read_bytes()


def test_every_enterprise_has_a_sound_credit_code() -> None:
    lines = operator.customers().decode("utf-8").splitlines()[1:]
    rows = list(csv.DictReader(lines))
    assert {row["kind"] for row in rows} == {"enterprise", "idc", "household"}
    codes = [row["uscc"] for row in rows if row["enterprise"]]
    assert all(is_valid(code) and is_organisation_valid(code) for code in codes)


def test_the_records_are_taken_without_a_complaint(capfd: pytest.CaptureFixture[str]) -> None:
    files = [f"--customers={operator.FOLDER / 'customers.csv'}", f"--city={operator.FOLDER / 'city.mmdb'}"]
    assert run(["enrichment", "check", *files, f"--asn={operator.FOLDER / 'asn.mmdb'}"]) == 0
    assert "broken" not in capfd.readouterr().err
