"""Quotas, filters of dumps and circumstances of clicks: stored as before, and read whichever version stored them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ratings.values.client_facts import ClientFacts
from ratings.values.dump_filters import DumpFilters
from ratings.values.quotas import GroupQuotas, checked_quotas
from ratings.values.rater_figures import RaterFigures
from ratings.values.shapes import ShapeError

# What version 0.9 stored for a dump with a moment, a list and its defaults.
STORED_FILTERS: dict[str, Any] = {
    "include_simulated": False,
    "include_repeats": True,
    "include_practice": True,
    "include_pictures": False,
    "leave_out_flagged": False,
    "only_test_slice": False,
    "since": "2026-03-01T00:00:00+00:00",
    "until": None,
    "domains": ["art", "film"],
    "consent_versions": [],
    "policies": [],
}


def test_filters_are_stored_as_before() -> None:
    filters = DumpFilters(include_practice=True, since=datetime(2026, 3, 1, tzinfo=UTC), domains=("art", "film"))
    assert filters.as_json() == {**STORED_FILTERS, "include_free_text": False, "for_publication": False}
    assert DumpFilters.from_json(STORED_FILTERS) == filters
    assert filters.unusual == {
        "include_practice": True,
        "since": datetime(2026, 3, 1, tzinfo=UTC),
        "domains": ("art", "film"),
    }


def test_filters_of_another_version_are_read() -> None:
    assert DumpFilters.from_json({}) == DumpFilters()
    assert DumpFilters.from_json({"include_repeats": False, "domains": None, "of_a_later_version": 1}) == DumpFilters(
        include_repeats=False
    )


def test_quotas_are_stored_as_they_were_given() -> None:
    for given in ({}, {"domain": {"art": 3}}, {"domain": {"art": 3}, "generator": {"sd": 0}}):
        assert checked_quotas(given).as_json() == given == GroupQuotas.from_json(given).as_json()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"domian": {}}, "a table of quotas has no “domian”; did you mean “domain”?"),
        ({"domain": {"art": -1}}, "a table of quotas needs “domain”: the quota of each domain by its name"),
        ({"domain": {"art": "3"}}, "a table of quotas needs “domain”: the quota of each domain by its name"),
        (3, "a table of quotas needs “domain” and “generator”."),
    ],
)
def test_quotas_that_make_no_sense_are_refused_with_their_field(given: Any, sentence: str) -> None:
    with pytest.raises(ShapeError) as raised:
        checked_quotas(given)
    assert str(raised.value).startswith(sentence)


def test_circumstances_of_a_click_are_stored_as_before_without_what_is_not_known() -> None:
    stored = {"viewport_width": 390, "pixel_ratio": 0, "rated_at": "2026-03-01T10:00:00+00:00"}
    facts = ClientFacts(viewport_width=390, pixel_ratio=0, rated_at=datetime(2026, 3, 1, 10, tzinfo=UTC))
    assert facts.as_json() == stored
    assert ClientFacts.from_json(stored) == facts
    assert ClientFacts.from_json({}) == ClientFacts()
    assert ClientFacts.from_json({"of_a_later_version": 1}).as_json() == {}


def test_figures_of_a_rater_are_stored_as_before_and_read_where_some_are_missing() -> None:
    stored: dict[str, Any] = {
        "ratings": 30,
        "mean": 3.5,
        "sd": 1.0,
        "values_used": 5,
        "mode_share": 0.5,
        "longest_run": 4,
    }
    stored |= {"timed": 30, "median_seconds": 2.5, "hasty": 0, "repeats": 2, "repeat_difference": 0.5}
    stored |= {"chance_difference": 1.25, "checks": 2, "checks_passed": 2, "consensus": None}
    stored |= {"time_spread": None, "leftover": None}
    assert RaterFigures.from_json(stored).as_json() == stored
    assert RaterFigures.from_json({"ratings": 1, "of_a_later_version": 1}) == RaterFigures(ratings=1)
