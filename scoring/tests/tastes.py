"""A rater whose taste is known, in a served study that shows raters theirs."""

from typing import Any

import numpy as np

from ratings.choices import Policy
from ratings.models import StudyImage
from ratings.services.sightings import record_new_consent
from ratings.services.texts import keep_texts
from ratings.tasks import run_job
from scoring.models import TasteProfile
from scoring.pipeline.serving import learn
from scoring.services.taste_profiles import request_taste_profile
from scoring.tests.learning import Person, World, make_served_study, small_model

SHOWING: dict[str, Any] = {"shows_taste": True, "taste_after": 10, "taste_consent": "You may see what you like."}
LOVED, OTHER = "a vase, golden hour light", "a vase, moonlight"


def loved_sides() -> list[bool]:
    """Say of each image of a served study on which side of what tastes differ in it is."""
    _, seen = small_model()
    along = seen.z[:, 1] + seen.z[:, 2]
    return [bool(side) for side in along > np.median(along)]


def make_showing_study(**fields: Any) -> World:
    """Make a served study that shows tastes; the prompts of one side state golden light, the others' moonlight."""
    world = make_served_study(**{**SHOWING, **fields})
    for row, is_loved in zip(world.rows, loved_sides(), strict=True):
        StudyImage.objects.filter(pk=row.pk).update(prompt=LOVED if is_loved else OTHER)
    return world


def make_agreeing_rater(world: World, *, quota: int = 200) -> Person:
    """Enrol somebody who agrees to the study's present texts."""
    person = world.add_rater()
    participation = person.participation
    participation.quota = quota
    participation.save(update_fields=["quota"])
    texts = keep_texts(study=world.study, actor=None)
    record_new_consent(participation=participation, texts=texts, language="en")
    return person


def rate_by_side(person: Person, *, count: int, held_out: int = 0) -> None:
    """Have somebody love one side and hate the other; the last of the pictures are of the slice kept from models."""
    for place, (row, is_loved) in enumerate(zip(person.world.rows[:count], loved_sides()[:count], strict=True)):
        policy = Policy.RANDOM if place >= count - held_out else Policy.ACTIVE
        person.rate(row, policy=policy, value=5 if is_loved else 1)
    learn.learn_from_raters(participation_ids=[person.participation.pk])
    person.participation.refresh_from_db()


def computed(person: Person) -> TasteProfile:
    """Have the worker compare a taste, as its task does."""
    profile = request_taste_profile(participation=person.participation, requested_by=None)
    assert profile is not None
    run_job(profile._meta.label, profile.pk)
    profile.refresh_from_db()
    assert not profile.error, profile.error
    return profile
