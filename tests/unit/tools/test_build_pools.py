"""The list builder on tables small enough to reason about: each row of facts/ stands for one rule."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from signatures.loader import PACKAGED, load

BUILDER = PACKAGED.parent / "tools" / "build_pools.py"
FACTS = Path(__file__).parent / "facts"


def run(facts: Path, out: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BUILDER, facts, "--out", out, "--as-of", "2026-08-23"],
        env={"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("built")
    assert run(FACTS, out).returncode == 0
    return out


def rows(folder: Path, name: str) -> list[str]:
    text = (folder / "pools" / f"{name}.toml").read_text(encoding="utf-8")
    return [row for block in re.findall(r"'''\n(.*?)'''", text, re.DOTALL) for row in block.splitlines()]


def test_output_is_byte_equal_whatever_the_hash_seed(built, tmp_path):
    for seed in ("1", "random"):
        assert run(FACTS, tmp_path / seed, seed).returncode == 0
        files = sorted(path.relative_to(built) for path in built.rglob("*.toml"))
        assert len(files) == 6
        for file in files:
            assert (tmp_path / seed / file).read_bytes() == (built / file).read_bytes()


def test_shipped_lists_carry_the_builder_s_mark():
    for path in [*(PACKAGED / "pools").glob("*.toml"), PACKAGED / "benign/popular.toml"]:
        assert path.read_text(encoding="utf-8").startswith("# Built by tools/build_pools.py")


def test_what_is_built_loads(built):
    assert [pool_list.name for pool_list in load([built]).lists] == [
        "addresses",
        "dual-use",
        "endpoints",
        "historic",
        "relays",
    ]


def test_current_mining_hosts_match_on_any_port(built):
    assert rows(built, "endpoints") == [
        "btc.pool.example.com * BTC,LTC crawl,hiveos Example Pool",
        "*.mine.example.com * BTC sigma Example Pool",
    ]


def test_names_with_a_web_site_keep_their_mining_ports_only(built):
    assert rows(built, "dual-use") == [
        "node.example.net 3333 XMR falco Node",
        "www.example.net 3333 BTC falco Overlap",
        "*.example.com 3333,8888 BTC directory Example Pool",
    ]


def test_old_names_lose_their_web_ports(built):
    assert rows(built, "historic") == [
        "old.example.org 5555 ETC smashed Old",
        "named.example.org * - maltrail,sigma Old",
    ]


def test_relays_are_listed_once_and_browser_miners_not_at_all(built):
    assert rows(built, "relays") == [
        "donate.example.org * - maltrail,xmrig",
        "relay.example.org * - falco,hiveos Example Market",
    ]


def test_addresses_are_recent_unshared_and_joined(built):
    assert rows(built, "addresses") == [
        "192.0.2.11 3052 ERG crawl Example Pool",
        "192.0.2.10 3333,4444 - maltrail",
    ]


LEFT_OUT = {
    "one-unlicensed-source": "only-hiveos.example.org",
    "copyleft-sources-only": "two-copyleft.example.org",
    "low-confidence": "low.example.org",
    "web-ports-only": "web.example.com",
    "old-with-web-port-only": "old-web.example.org",
    "benign-name": "api.example.net",
    "any-port-tree-above-a-benign-name": "*.example.net",
    "marketplace-of-a-copyleft-source": "rent.example.org",
    "browser-mining": "ws.example.org",
    "web-port-address": "192.0.2.12",
    "cloud-address": "192.0.2.13",
    "unverified-address": "192.0.2.14",
    "address-of-2018": "192.0.2.15",
    "address-of-a-copyleft-source": "192.0.2.16",
    "address-without-port": "192.0.2.17",
    "address-in-a-content-network": "198.51.100.7",
    "coin-node": "203.0.113.9",
}


@pytest.mark.parametrize("subject", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_left_out(built, subject):
    found = [row for path in (built / "pools").glob("*.toml") for row in rows(built, path.stem)]
    assert found
    assert [row for row in found if row.split()[0] == subject] == []


def test_popular_names_hold_what_no_list_may(built):
    text = (built / "benign/popular.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\S+\.example|\S+/24)$", text, re.MULTILINE)) == {
        "198.51.100.0/24",
        "*.time.example",
        "minecraft.example",
    }


def test_source_without_licence_on_record_ends_the_build(tmp_path):
    facts = tmp_path / "facts"
    facts.mkdir()
    for path in FACTS.glob("*.csv"):
        (facts / path.name).write_text(path.read_text().replace("Falco", "Some New List"))
    result = run(facts, tmp_path / "out")
    assert result.returncode != 0
    assert result.stderr == "pool_upstreams.toml: no upstream for 'Some New List'; add it with its licence\n"
