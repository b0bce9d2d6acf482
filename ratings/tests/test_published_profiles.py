"""Dumps for publication agree: who has several of a growing study finds nobody in a small group."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from ratings.models import Participation, Rater, Rating, Study, StudyImage
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_participation, make_rater, make_rating, make_study, make_study_image

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)

AGES, PLACES = ("18-29", "30-44", "45-59"), ("north", "south")
QUESTIONS = [
    {"key": key, "label": key, "options": [{"value": value, "label": value} for value in values]}
    for key, values in {"age": AGES, "place": PLACES}.items()
]


@pytest.fixture
def study() -> Study:
    """Give a study of one image."""
    made = make_study(slug="growing", target=200, profile_questions=QUESTIONS)
    make_study_image(study=made)
    return made


def join(study: Study, *, is_simulated: bool = False, **answers: str) -> Rater:
    rater = make_rater(answers=answers, is_simulated=is_simulated)
    participation = make_participation(study=study, rater=rater)
    make_rating(participation=participation, study_image=StudyImage.objects.get(study=study))
    return rater


def profiles(study: Study, **filters: Any) -> dict[str, tuple[str | None, ...]]:
    table = pd.read_parquet(folder_of(dumped(study, **filters)) / "raters.parquet").astype(object)
    answers = table[["profile_age", "profile_place"]].where(table.notna(), None)
    return dict(zip(table["rater"], answers.itertuples(index=False, name=None), strict=True))


def smallest_shared(dumps: list[dict[str, tuple[str | None, ...]]]) -> int:
    """Count the smallest group of those of whom all dumps together say the same, as who joins them sees it."""
    seen_of: dict[str, list[tuple[str | None, ...]]] = defaultdict(list)
    for dump in dumps:
        for rater, answers in dump.items():
            seen_of[rater].append(answers)
    known = {rater: tuple(seen) for rater, seen in seen_of.items() if any(any(answers) for answers in seen)}
    return min(Counter(known.values()).values())


def test_dumps_of_a_growing_study_together_show_groups_of_five(study: Study) -> None:
    chance = random.Random(3)
    published, others = [], []
    for newcomers in (14, 1, 9, 3, 17, 2):
        for _ in range(newcomers):
            join(study, age=chance.choices(AGES, (6, 3, 1))[0], place=chance.choices(PLACES, (4, 1))[0])
        published.append(profiles(study, for_publication=True))
        others.append(profiles(study))
    assert smallest_shared(others) < 5
    assert smallest_shared(published) >= 5
    assert sum(any(answers) for answers in published[-1].values()) > 15  # and they still say something


def test_a_later_dump_says_no_more_of_a_rater_and_newcomers_are_banded_among_themselves(study: Study) -> None:
    for _ in range(6):
        join(study, age="18-29", place="north")
    first = profiles(study, for_publication=True)
    newcomers = [join(study, age="18-29", place="north") for _ in range(3)]
    second = profiles(study, for_publication=True)
    for _ in range(5):
        join(study, age="30-44", place="south")
    profiles(study, for_publication=True)
    for _ in range(2):
        join(study, age="30-44", place="south")
    fourth = profiles(study, for_publication=True)
    assert Counter(first.values()) == {("18-29", "north"): 6}
    assert set(second.values()) == {(None, None)}  # or the three were the only ones without
    assert Participation.objects.filter(rater__in=newcomers).values_list(
        "published_profile", flat=True
    ).distinct().get() == {
        "profile_age": None,
        "profile_place": None,
    }
    assert sum(answers == ("30-44", "south") for answers in fourth.values()) == 5
    assert {rater: fourth[rater] for rater in first} == first


def test_a_group_that_shrank_by_a_withdrawal_is_left_out(study: Study) -> None:
    leaving, *_ = [join(study, age="18-29", place="north") for _ in range(5)]
    for _ in range(6):
        join(study, age="30-44", place="north")
    profiles(study, for_publication=True)
    withdraw_rater(rater=leaving, actor=None)
    later = profiles(study, for_publication=True)
    assert "18-29" not in {age for age, _ in later.values()}


def test_programs_are_no_cover_for_people(study: Study) -> None:
    join(study, age="45-59", place="south")
    for _ in range(6):
        join(study, age="45-59", place="south", is_simulated=True)
    found = profiles(study, include_simulated=True)
    assert Counter(found.values()) == {("45-59", "south"): 6, (None, None): 1}


def test_a_dump_for_publication_carries_no_warning_of_others_and_says_that_they_agree(study: Study) -> None:
    for _ in range(6):
        join(study, age="18-29", place="north")
    dumped(study, for_publication=True)
    second = dumped(study, for_publication=True)
    assert second.manifest["note"] == ""
    assert "all dumps for publication of this study together" in (folder_of(second) / "README.md").read_text()
    assert "made for publication" in dumped(study).manifest["note"]


@pytest.mark.parametrize("dump_format", ["parquet", "hf"])
def test_dumps_for_publication_give_days_rounded_screens_and_no_paths(study: Study, dump_format: str) -> None:
    device = {"screen_width": 1366, "screen_height": 768, "screen_pixel_ratio": 1.3125, "touch": True}
    participation = make_participation(study=study, rater=make_rater(), device=device)
    seen = {"viewport_width": 1349, "viewport_height": 651.5, "pixel_ratio": 1.3125, "shown_width": 731.25}
    rating = make_rating(participation=participation, study_image=StudyImage.objects.get(study=study), client=seen)
    Rating.objects.filter(pk=rating.pk).update(created_at=datetime(2026, 5, 3, 23, 59, 58, 123456, tzinfo=UTC))
    shown = {}
    for is_published in (False, True):
        folder = folder_of(dumped(study, dump_format=dump_format, for_publication=is_published))
        tables = [
            pd.concat(map(pd.read_parquet, sorted(folder.glob(f"{name}*/*.parquet")) or [folder / f"{name}.parquet"]))
            for name in ("ratings", "raters", "images")
        ]
        rows = [table.iloc[0] for table in tables]
        shown[is_published] = (
            str(rows[0]["rated_at"]),
            *(rows[0][name] for name in seen),
            *(rows[1][f"device_{name}"] for name in device),
            bool(pd.notna(rows[2]["picture_path"])),
        )
    exact = (1349, 651.5, 1.3125, 731.25, 1366, 768, 1.3125, True)
    assert shown[False] == ("2026-05-03 23:59:58.123456+00:00", *exact, True)
    assert shown[True] == ("2026-05-03 00:00:00+00:00", 1300, 700, 1.5, 700, 1400, 800, 1.5, True, False)
