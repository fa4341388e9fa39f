from __future__ import annotations

import pytest

from sensor.detect.listing import REASON_OF, Listing
from sensor.model import NameKind
from tests.scripted import SmallCatalogue, name_seen


@pytest.mark.parametrize("kind", NameKind)
def test_each_kind_of_name_has_a_reason(kind: NameKind) -> None:
    assert kind in REASON_OF


def test_the_age_of_an_answer_is_told_in_seconds() -> None:
    assert Listing(SmallCatalogue()).params(name_seen("learned"))["age_seconds"] == 90
    assert "age_seconds" not in Listing(SmallCatalogue()).params(name_seen("sni"))


def test_a_row_of_several_coins_hints_at_none() -> None:
    listing = Listing(SmallCatalogue())
    assert listing.hint(name_seen("sni")).coin == "XMR"
    assert listing.hint(name_seen("sni", entry=1)).coin == ""
