"""Predicted ratings for scripts."""

import shutil
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ratings.tests.factories import make_api_key
from scoring.models import ModelVersion
from scoring.pipeline.serving.live import loaded_model
from scoring.tests.factories import checkpoint_folder
from scoring.tests.learning import World, make_served_study

pytestmark = pytest.mark.django_db


def scored(world: World) -> Any:
    """Ask for the scores of a study's images as a script does."""
    user, _ = User.objects.get_or_create(username="researcher", is_staff=True, is_superuser=True)
    body = {"study": world.study.slug, "images": [str(row.image_id) for row in world.rows]}
    headers = {"authorization": f"Bearer {make_api_key(user=user)}"}
    return Client(headers=headers).post("/api/v1/score", body, content_type="application/json")


def test_a_live_model_scores_images_and_one_whose_files_are_lost_is_refused_with_a_code() -> None:
    world = make_served_study(images=3)
    assert [item["image"] for item in scored(world).json()["items"]] == [str(row.image_id) for row in world.rows]
    shutil.rmtree(checkpoint_folder(version=ModelVersion.objects.get(study=world.study)))
    loaded_model.cache_clear()  # as in a process that has not served yet
    answer = scored(world)
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unreadable")
    assert "retrain the study, or restore the folder" in answer.json()["message"]
