"""Scripts read what raters saw, version by version."""

from typing import Any

import pytest
from django.test import Client

from ratings.models import Study
from ratings.services.studies import change_study, create_study, open_study
from ratings.tests.factories import make_api_key, make_images, make_staff

pytestmark = pytest.mark.django_db
DESCRIPTION: dict[str, Any] = {
    "slug": "harbour",
    "title": "Harbours",
    "consent_text": "We keep ratings.",
    "practice_count": 0,
    "profile_questions": [],
}


def take_part(study: Study) -> None:
    """Agree to the study's present texts."""
    Client().post(f"/s/{study.slug}/join/", {"consent": "yes", "consent_version": "1", "texts_version": "1"})


def test_versions_come_with_their_texts_and_how_many_saw_and_agreed_to_them() -> None:
    author = make_staff("nora")
    study = create_study(description=DESCRIPTION, actor=author)
    make_images(study=study, count=3)
    open_study(study=study, actor=author)
    take_part(study)
    take_part(study)
    change_study(study=study, changes={"instructions": "Look twice."}, actor=author)
    client = Client(headers={"authorization": f"Bearer {make_api_key(user=make_staff('script', group='researcher'))}"})
    answer = client.get("/api/v1/studies/harbour/text-versions")
    assert answer.status_code == 200
    oldest, newest = answer.json()["results"]
    assert (newest["number"], newest["content"]["texts"]["en"]["instructions"], newest["readers"]) == (
        2,
        "Look twice.",
        [],
    )
    assert oldest["content"]["texts"]["en"]["consent_text"] == "We keep ratings."
    assert oldest["readers"] == [{"language": "en", "seen": 2, "agreed": 2}]
    assert oldest["digest"] == study.text_versions.get(number=1).digest
