"""What is stored about a rater can be read whole and removed whole, by the rater and by an admin."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import ForeignKey, Model
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from ratings.choices import Design, Policy
from ratings.models import (
    ArenaRanking,
    AuditEntry,
    Dataset,
    Image,
    Participation,
    QualityFlag,
    QueuedComparison,
    Rater,
    RaterQuality,
    StudyImage,
)
from ratings.selectors.named_raters import pseudonym
from ratings.selectors.participations import participation_token
from ratings.selectors.stored import models_about_raters
from ratings.services.dumps import DumpFilters, request_dump, write_dump
from ratings.services.sightings import record_new_consent
from ratings.services.texts import keep_texts
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_choice, make_pair, make_participation, make_rater, make_rating, make_study
from scoring.models import ModelState, RaterOutlook, SteeringStep, Taste, TasteProfile
from scoring.tests.factories import make_steering_run, make_version

pytestmark = pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own


@pytest.fixture
def participation() -> Participation:
    """Somebody about whom every kind of record exists."""
    study = make_study(slug="harbour")
    made = make_participation(study=study, rater=make_rater(answers={"age": "18-29"}))
    make_rating(participation=made)
    compared = make_participation(study=make_study(slug="quay", design=Design.PAIRWISE), rater=made.rater)
    make_choice(participation=compared, pair=make_pair(study=compared.study, participation=compared))
    waiting = make_pair(study=compared.study, participation=compared)
    QueuedComparison.objects.create(
        participation=compared, pair=waiting, policy=Policy.ACTIVE, propensity=0.5, model_version="v1", rank=0
    )
    version = make_version(study=study, state=ModelState.LIVE)
    Taste.objects.create(model_version=version, participation=made, posterior=b"\x00\xff", rating_count=1)
    RaterOutlook.objects.create(participation=made, model_version=version, rating_count=1)
    TasteProfile.objects.create(participation=made, model_version=version, images=[["a", 4.0, 3.0, 1.0, 0.5]])
    RaterQuality.objects.create(participation=made, figures={"ratings": 1})
    QualityFlag.objects.create(participation=made, reason="fast", finding="Too fast.")
    make_steering_run(participation=made)
    ArenaRanking.objects.create(
        study=compared.study, participation=compared, figures={}, data_digest="1", computed_at=timezone.now()
    )
    record_new_consent(participation=made, texts=keep_texts(study=study, actor=None), language="en")
    return made


def models_that_lead_to_raters() -> set[type[Model]]:
    """Walk every foreign key of every model, however it behaves on deletion."""
    found: set[type[Model]] = {Rater}
    while True:
        more = {
            model
            for model in apps.get_models()
            for field in model._meta.get_fields()
            if isinstance(field, ForeignKey) and field.related_model in found
        } - found
        if not more:
            return found - {Rater}
        found |= more


def test_every_model_that_leads_to_a_rater_is_listed_and_removed(participation: Participation) -> None:
    assert models_that_lead_to_raters() == set(models_about_raters()) - {Rater}
    stored = me(participation).json()["records"]
    names = {model._meta.label_lower for model in models_that_lead_to_raters()}
    assert set(stored) == names
    assert all(stored[name] for name in names), {name for name in names if not stored[name]}


def me(participation: Participation, method: str = "get") -> Any:
    """Ask as the rater."""
    token = participation_token(participation=participation)
    return getattr(Client(), method)("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def rows_left() -> dict[str, int]:
    """Count what is still stored."""
    return {model.__name__: model._default_manager.count() for model in models_about_raters()}


def withdraw_by_api(participation: Participation) -> None:
    assert me(participation, "delete").status_code == 204


def withdraw_in_the_admin(participation: Participation) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser(f"a-{uuid.uuid4().hex[:6]}"))
    url = reverse("admin:ratings_rater_withdraw", args=[participation.rater_id])
    assert client.post(url, {"_form_submitted": "True"}).status_code == 302


@pytest.mark.parametrize("withdraw", [withdraw_by_api, withdraw_in_the_admin])
def test_withdrawal_leaves_no_row_no_taste_and_no_line_in_a_dump_asked_for_before(
    participation: Participation, withdraw: Callable[[Participation], None]
) -> None:
    name = pseudonym(rater=str(participation.rater_id))
    asked = [
        request_dump(study=participation.study, format="csv", filters=DumpFilters(), requested_by=None)
        for _ in range(2)
    ]
    before = write_dump(dump_id=asked[0].pk)
    withdraw(participation)
    assert {name for name, count in rows_left().items() if count} == set()
    after = write_dump(dump_id=asked[1].pk)
    assert before is not None
    assert after is not None
    texts = [(dumps_folder() / dump.folder / "raters.csv").read_text() for dump in (before, after)]
    assert name in texts[0]
    assert name not in texts[1]
    entry = AuditEntry.objects.get(action="withdraw")
    assert (entry.target, entry.detail) == ("rater", {"ratings": 1, "choices": 1})


def test_withdrawal_removes_the_pictures_made_for_the_rater_and_keeps_those_made_for_others_too(
    participation: Participation,
) -> None:
    own = make_steering_run(participation=participation)
    other = make_steering_run(participation=make_participation(study=participation.study))
    shared = other.steps.earliest("pk").image
    own.steps.filter(pk=own.steps.earliest("pk").pk).update(image=shared)
    pictures = [step.image for step in SteeringStep.objects.select_related("image")]
    StudyImage.objects.filter(image__in=pictures).delete()
    Image.objects.filter(pk__in=[one.pk for one in pictures]).update(is_drawn=True)
    with TestCase.captureOnCommitCallbacks(execute=True):
        withdraw_by_api(participation)
    assert set(Image.objects.filter(is_drawn=True)) == {step.image for step in other.steps.all()}


def test_a_deletion_in_the_admin_is_on_record() -> None:
    admin = User.objects.create_superuser("root")
    client = Client()
    client.force_login(admin)
    dataset = Dataset.objects.create(name="old-set", scale_min=1, scale_max=5)
    assert client.post(reverse("admin:ratings_dataset_delete", args=[dataset.pk]), {"post": "yes"}).status_code == 302
    entry = AuditEntry.objects.get(action="delete")
    assert (entry.actor, entry.target) == (admin, "dataset old-set")
    assert not Dataset.objects.exists()
