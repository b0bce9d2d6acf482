"""A study's description goes out as TOML, and another study with the same settings comes back from it."""

import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ratings.files.toml_writer import toml_of
from ratings.models import Study
from ratings.selectors.studies import study_description
from ratings.services.studies import create_study

pytestmark = pytest.mark.django_db
RICH: dict[str, Any] = {
    "slug": "first",
    "title": 'Birds, "red" \\ and \x7f blue \N{BIRD}',
    "instructions": "Rate.\n\n**Take** your time.\ttabs",
    "languages": ["en", "de"],
    "scale_labels": {"1": "bad", "5": "good = best"},
    "texts": {"de": {"title": "Vögel"}},
    "profile_questions": [{"key": "age", "label": "Age", "options": [{"value": "18-29", "label": "18 to 29"}]}],
    "group_quotas": {"domain": {"art": 20}},
    "random_share": 0.25,
    "closes_at": "2027-01-01T09:00:00+01:00",
    "pay_amount": "9.50",
    "pay_currency": "EUR",
    "show_prompt": True,
    "licence": "CC-BY-4.0",
}


def test_a_study_made_of_the_description_of_another_has_the_same_settings(tmp_path: Path) -> None:
    first = create_study(description=RICH)
    first.refresh_from_db()
    out = tmp_path / "first.toml"
    call_command("export_study", "first", "--out", str(out), stdout=StringIO())
    call_command("create_study", "second", "--from", str(out), stdout=StringIO())
    copied = study_description(study=Study.objects.get(slug="second"))
    assert copied == {**study_description(study=first), "slug": "second"}
    assert tomllib.loads(out.read_text())["title"] == RICH["title"]


def test_what_toml_cannot_hold_is_left_out_and_odd_keys_are_quoted() -> None:
    assert toml_of({"a b": 1, "none": None, "x": {"y": [True, 0.5], "z": None}, "empty": {}}) == (
        '"a b" = 1\nx = { y = [true, 0.5] }\nempty = {}\n'
    )


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    create_study(description={"slug": "first", "title": "First"})
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("export_study", "first", "--out", str(tmp_path / "nowhere" / "a.toml"))
