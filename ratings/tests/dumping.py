"""A study to dump, and ways to look at what came out."""

from pathlib import Path
from typing import Any

import pandas as pd

from ratings.choices import JobState, Policy
from ratings.models import Dump, Rating, Study
from ratings.selectors.named_raters import pseudonym
from ratings.services.dumps import DumpFilters, request_dump, write_dump
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import (
    make_participation,
    make_rater,
    make_rating,
    make_study,
    make_study_image,
)

QUESTIONS = [
    {
        "key": "age",
        "label": "Age",
        "options": [{"value": "18-29", "label": "18 to 29"}, {"value": "30-44", "label": "30 to 44"}],
    }
]


def make_birds() -> Study:
    """Seven young raters of three images; prompts that need quoting."""
    made = make_study(slug="birds", profile_questions=QUESTIONS)
    prompts = ('a "red" bird, flying', "two\nlines", "")
    images = [make_study_image(study=made, prompt=prompt, domain="art") for prompt in prompts]
    for number in range(7):
        rater = make_rater(answers={"age": "18-29", "secret": "free text"})
        participation = make_participation(study=made, rater=rater, external_id=f"worker-{number}")
        for place, study_image in enumerate(images):
            policy = Policy.RANDOM if place == 0 else Policy.ACTIVE
            make_rating(
                participation=participation,
                study_image=study_image,
                value=1 + (number + place) % 5,
                assignment={"policy": policy, "propensity": 0.25, "model_version": "v3" if place else ""},
                client={"viewport_width": 390, "viewport_height": 844.5, "pixel_ratio": 3},
            )
    return made


def dumped(study: Study, *, dump_format: str = "parquet", **filters: Any) -> Dump:
    dump = request_dump(study=study, format=dump_format, filters=DumpFilters(**filters), requested_by=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert written.error == ""
    assert written.state == JobState.READY
    return written


def folder_of(dump: Dump) -> Path:
    return dumps_folder() / dump.folder


def truth(study: Study) -> set[tuple[str, str, float | None]]:
    rows = Rating.objects.current().filter(participation__study=study)
    return {
        (pseudonym(rater=str(rater)), str(image), value)
        for rater, image, value in rows.values_list("participation__rater_id", "image_id", "value")
    }


def as_truth(frame: pd.DataFrame) -> set[tuple[str, str, float | None]]:
    return set(zip(frame["rater"], frame["image"], frame["rating"].astype(float), strict=True))
