"""Attention checks come when the settings say and count for nothing else; quotas per group hold for each rater."""

import random
import uuid
from collections import Counter

import pytest
from django.core.exceptions import ValidationError

from ratings.choices import AssignmentKind, StudyState
from ratings.models import Assignment, Participation, Study, StudyImage
from ratings.registry import first_ratings
from ratings.selectors.attention import wanted_answer
from ratings.selectors.overview import attention_figures
from ratings.services.assign import QueueItem, enqueue
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.dumps.filters import dumped_ratings
from ratings.services.lease import lease_items
from ratings.services.studies import open_study
from ratings.tests.factories import make_images, make_participation, make_study
from ratings.values.dump_filters import DumpFilters

pytestmark = pytest.mark.django_db


def opened_study(**fields: object) -> Study:
    """Open a study with images."""
    study = make_study(state=StudyState.DRAFT, random_share=0.2, repeat_share=0, **fields)
    make_images(study=study, count=40)
    return open_study(study=study, actor=None)


def rate_all(participation: Participation, *, count: int, value: float = 3) -> list[Assignment]:
    """Rate until nothing comes; give all in the order shown."""
    shown: list[Assignment] = []
    while held := lease_items(participation_id=participation.pk, count=count, rng=random.Random(7)).assignments:
        for assignment in held:
            submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=value)
            record_answer(rater_id=participation.rater_id, submission=submission)
        shown += held
    return shown


@pytest.mark.parametrize("count", [1, 5])
def test_an_attention_check_comes_once_in_so_many_images(count: int) -> None:
    study = opened_study(attention_every=5, quota=30)
    shown = rate_all(make_participation(study=study), count=count)
    checks = [assignment.position or 0 for assignment in shown if assignment.kind == AssignmentKind.ATTENTION]
    assert len(shown) == 30
    assert [(position - 1) // 5 for position in checks] == [0, 1, 2, 3, 4, 5]


def test_without_the_setting_there_is_none() -> None:
    study = opened_study(quota=30)
    assert {assignment.kind for assignment in rate_all(make_participation(study=study), count=5)} == {"fresh"}
    assert not StudyImage.objects.filter(attention_value__isnull=False).exists()


def test_checks_take_no_places_and_are_kept_out_of_figures_and_dumps() -> None:
    study = opened_study(attention_every=5, quota=10)
    rate_all(make_participation(study=study), count=5)
    checks = StudyImage.objects.filter(study=study, attention_value__isnull=False)
    assert sorted(checks.values_list("attention_value", "taken")) == [(1.0, 0), (5.0, 0)]
    assert first_ratings().count() == 8
    assert dumped_ratings(study=study, filters=DumpFilters()).count() == 8


def test_answers_to_checks_are_counted_per_rater() -> None:
    study = opened_study(attention_every=2, quota=20)
    careful, careless = make_participation(study=study), make_participation(study=study)
    for assignment in lease_items(participation_id=careful.pk, count=20).assignments:
        wanted = assignment.study_image.attention_value
        value = 3 if wanted is None else wanted
        record_answer(
            rater_id=careful.rater_id,
            submission=Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=value),
        )
    rate_all(careless, count=1, value=3)
    assert attention_figures(participation=careful) == (1, 1)
    assert attention_figures(participation=careless) == (0, 10)


def test_opening_a_study_twice_draws_its_checks_once() -> None:
    study = opened_study(attention_every=5)
    open_study(study=study, actor=None)
    assert StudyImage.objects.filter(study=study, attention_value__isnull=False).count() == 2


def test_a_check_names_the_answer_as_the_scale_does() -> None:
    likert = make_study(scale_labels={"5": "excellent"})
    slider = make_study(scale_kind="slider", scale_min=0, scale_max=100)
    likert_5 = StudyImage(study=likert, attention_value=5)
    assert wanted_answer(place=likert_5) == "Please choose 5, excellent."
    assert wanted_answer(place=StudyImage(study=likert, attention_value=1)) == "Please choose 1."
    assert wanted_answer(place=StudyImage(study=slider, attention_value=0)) == "Please choose the lowest value."


def test_no_rater_gets_more_of_a_group_than_its_quota_and_others_fill_the_rest() -> None:
    study = make_study(quota=20, group_quotas={"domain": {"art": 3}, "generator": {"sd": 4}}, repeat_share=0)
    make_images(study=study, count=20, domain="art")
    make_images(study=study, count=20, domain="fashion", generator="sd")
    make_images(study=study, count=20, domain="fashion")
    participation = make_participation(study=study)
    art = StudyImage.objects.filter(domain="art")[:12]
    items = [QueueItem(study_image_id=row.pk, image_id=row.image_id, policy="active", propensity=0.5) for row in art]  # type: ignore[arg-type]
    enqueue(participation_id=participation.pk, items=items, model_version="m")
    shown = rate_all(participation, count=5)
    groups = Counter((assignment.study_image.domain, assignment.study_image.generator) for assignment in shown)
    assert len(shown) == 20
    assert groups["art", ""] == 3
    assert groups["fashion", "sd"] <= 4


def test_a_rater_whose_groups_are_all_full_is_done() -> None:
    study = make_study(quota=20, group_quotas={"domain": {"art": 3}}, repeat_share=0)
    make_images(study=study, count=10, domain="art")
    participation = make_participation(study=study)
    assert len(rate_all(participation, count=5)) == 3
    participation.refresh_from_db()
    assert participation.state == "complete"


@pytest.mark.parametrize(
    "quotas", [{"palette": {}}, {"domain": {"art": -1}}, {"domain": {"art": True}}, {"domain": 3}, 3]
)
def test_quotas_that_make_no_sense_are_refused(quotas: object) -> None:
    with pytest.raises(ValidationError, match="quota"):
        Study(slug="s", title="S", group_quotas=quotas).full_clean()
