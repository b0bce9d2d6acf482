"""Ratings imported in the browser teach, too: their pictures come along or are found, and what is open is asked."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.models import Dataset, DatasetImage, DatasetRating, Delivery
from ratings.selectors.datasets import teachable_ratings
from ratings.services.uploads.imports import import_delivery
from ratings.tests.factories import make_image, make_study, picture_bytes

pytestmark = pytest.mark.django_db

URL = "admin:ratings_dataset_import_ratings"
ROWS = b"rater,image,rating\nann,red.png,1\nbob,red.png,3\nann,blue.png,4\nann,lost.png,2\n"


def looked_at(client: Client, content: bytes, *, file: str = "ratings.csv", **fields: Any) -> Any:
    """Upload a file of ratings for a look."""
    posted = {"name": "birds", "layout": "tidy", "scale_min": 1, "scale_max": 5, **fields}
    return client.post(reverse(URL), {**posted, "ratings": SimpleUploadedFile(file, content)})


def imported(client: Client, page: Any, **fields: str) -> Dataset:
    """Hand over what was looked at, and take it in as a worker does."""
    assert client.post(reverse(URL), {"ticket": page.context["look"].ticket, **fields}).status_code == 302
    import_delivery(delivery_id=Delivery.objects.latest("pk").pk)
    return Dataset.objects.get(name="birds")


def archive(*names: str) -> SimpleUploadedFile:
    """Make a zip of pictures, each of another colour."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, color in zip(names, ("red", "blue", "green"), strict=False):
            packed.writestr(f"pictures/{name}", picture_bytes(color=color))
    return SimpleUploadedFile("pictures.zip", content.getvalue())


def test_pictures_come_along_in_a_zip_and_the_look_says_which_ratings_can_teach(researcher: Client) -> None:
    page = looked_at(researcher, ROWS[: ROWS.index(b"ann,lost")], pictures=archive("red.png", "blue.png"))
    assert "3 of the rows read can teach a model: every image has a picture" in page.content.decode()
    assert not DatasetImage.objects.exists()
    found = teachable_ratings(dataset=imported(researcher, page))
    assert (found.ratings, found.teachable, found.without_picture) == (3, 3, 0)


def test_pictures_of_studies_are_found_by_name_and_what_lacks_one_is_named_before_and_after(
    researcher: Client,
) -> None:
    study = make_study()
    red, blue = (make_image(study=study, name=f"set/{name}.png") for name in ("red", "blue"))
    page = looked_at(researcher, ROWS)
    assert "3 of the rows read can teach a model: 2 of 3 images have a picture" in page.content.decode()
    assert "&#x27;lost.png&#x27;" in page.content.decode()
    dataset = imported(researcher, page)
    assert dict(DatasetImage.objects.values_list("key", "image_id")) == {
        "red.png": red.pk,
        "blue.png": blue.pk,
        "lost.png": None,
    }
    outcome = researcher.get(reverse("admin:ratings_delivery_change", args=[Delivery.objects.get().pk]))
    assert "3 of 4 ratings can teach a model: 2 of 3 images have a picture here." in outcome.content.decode()
    of_set = researcher.get(reverse("admin:ratings_dataset_change", args=[dataset.pk])).content.decode()
    assert "3 of 4 ratings can teach a model" in of_set


def test_of_several_columns_that_could_be_the_rating_the_page_asks_which(researcher: Client) -> None:
    rows = b"rater,image,beauty_rating,prompt_rating\nann,red.png,5,1\n"
    page = looked_at(researcher, rows)
    question = page.context["look"].question
    assert (question.asked_for, question.choices) == ("column", ("beauty_rating", "prompt_rating"))
    answer = {"ticket": page.context["look"].ticket, "asked_for": "column", "choice": "prompt_rating"}
    dataset = imported(researcher, researcher.post(reverse(URL), answer))
    assert DatasetRating.objects.get(rater__dataset=dataset).value == 1


def test_of_several_controls_of_label_studio_the_page_asks_which(researcher: Client) -> None:
    """The shape of a result is that of Label Studio's export: `from_name` names the control of the labelling config."""
    results = [
        {"from_name": name, "to_name": "image", "type": "rating", "value": {"rating": value}}
        for name, value in (("aesthetics", 5), ("prompt_match", 1))
    ]
    tasks = [{"id": 1, "data": {"image": "red.png"}, "annotations": [{"completed_by": 1, "result": results}]}]
    page = looked_at(researcher, json.dumps(tasks).encode(), file="export.json", layout="label-studio")
    question = page.context["look"].question
    assert (question.asked_for, set(question.choices)) == ("control", {"aesthetics", "prompt_match"})
    answer = {"ticket": page.context["look"].ticket, "asked_for": "control", "choice": "aesthetics"}
    dataset = imported(researcher, researcher.post(reverse(URL), answer))
    assert DatasetRating.objects.get(rater__dataset=dataset).value == 5


def test_ratings_that_differ_from_those_known_are_what_the_page_says(researcher: Client) -> None:
    imported(researcher, looked_at(researcher, b"rater,image,rating\nann,red.png,1\n"))
    page = looked_at(researcher, b"rater,image,rating\nann,red.png,4\n")
    assert "Corrections that replace the known ones" in page.content.decode()
    imported(researcher, page, differing="replace")
    assert DatasetRating.objects.get().value == 4


def test_a_forged_answer_is_refused(researcher: Client) -> None:
    page = researcher.post(reverse(URL), {"ticket": "forged", "asked_for": "column", "choice": "x"})
    assert "no file of yours" in page.content.decode()


def test_a_wide_table_and_columns_about_raters_are_read_where_that_is_ticked(researcher: Client) -> None:
    rows = b"rater,age,mood,red.png,blue.png\nann,31,sad,5,1\n"
    assert "seems to have a column per picture" in looked_at(researcher, rows).content.decode()
    page = looked_at(researcher, rows, wide="on", profile_columns=" Mood, ", best_is_low="on")
    dataset = imported(researcher, page)
    assert dataset.best_is_low
    rater = dataset.raters.get()
    assert rater.attributes == {"age": "31", "mood": "sad"}
    assert set(rater.ratings.values_list("dataset_image__key", "value")) == {("red.png", 5), ("blue.png", 1)}
    assert "1 to 5, the lowest the best" in researcher.get(reverse("admin:ratings_dataset_changelist")).content.decode()


def test_a_scale_upside_down_names_the_tick_that_keeps_its_meaning(researcher: Client) -> None:
    page = looked_at(researcher, ROWS, scale_min=5, scale_max=1).content.decode()
    assert "It has to be above the lowest; if the lowest is the best, tick that below." in page


def test_a_look_compares_as_the_import_will(researcher: Client) -> None:
    head = b"rater,image,rating,rated_at\n"
    first = head + b"ann,red.png,1,2026-01-01T10:00:00\nann,blue.png,2,\n"
    imported(researcher, looked_at(researcher, first))
    again = head + b"ann,.\\red.png,1,2026-01-01T10:00:00\nann,red.png,1,2026-01-02T10:00:00\nann,blue.png,3,\n"
    known = looked_at(researcher, again).context["look"].preview.known
    assert (known.same, known.new, known.differing) == (1, 1, 1)
