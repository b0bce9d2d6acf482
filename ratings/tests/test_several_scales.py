"""Several scales per picture: what describes a study of them, what is stored, measured and dumped."""

import uuid
from typing import Any

import pandas as pd
import pytest

from ratings.choices import AssignmentState, Design
from ratings.exceptions import RecordError
from ratings.models import Participation, Rating, Study
from ratings.registry import design_of
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.studies import create_study
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_assignment, make_participation, make_rating, make_study, make_study_image
from ratings.values.study_figures import RatingFigures

pytestmark = pytest.mark.django_db
SCALES: list[dict[str, Any]] = [
    {"key": "liking", "label": "Do you like it?", "labels": {"1": "no", "5": "yes"}},
    {"key": "beauty", "label": "Is it beautiful?"},
]


def scales_study(**fields: Any) -> Study:
    return make_study(design=Design.SCALES, scales=SCALES, **fields)


def refusal(**description: Any) -> str:
    with pytest.raises(RecordError) as raised:
        create_study(description={"slug": "s", "title": "S", "design": "scales", **description})
    return raised.value.message


def test_a_description_says_what_is_wrong_with_its_scales() -> None:
    assert refusal() == "scales: give 2 to 6 scales, the main one first."
    assert refusal(scales=[SCALES[0], SCALES[0]]) == "scales: each scale needs a key of its own; two have “liking”."
    assert "scale 2 needs “key”: a name of lower-case letters" in refusal(
        scales=[SCALES[0], {"key": "No key", "label": "x"}]
    )
    assert "scale 1 has no “lable”; did you mean “label”?" in refusal(scales=[{"key": "a", "lable": "x"}, SCALES[1]])
    assert "the scales are liking, beauty" in refusal(scales=SCALES, trained_scale="match")
    assert create_study(description={"slug": "s", "title": "S", "design": "scales", "scales": SCALES}).scales == SCALES


def said(participation: Participation, **values: Any) -> Rating:
    image = make_study_image(study=participation.study)
    held = make_assignment(participation=participation, study_image=image, state=AssignmentState.LEASED)
    submission = Submission(nonce=uuid.uuid4(), assignment_id=held.pk, **values)
    rating: Rating = record_answer(rater_id=participation.rater_id, submission=submission).answer
    return rating


def test_every_scale_needs_its_value_and_no_other_has_one() -> None:
    part = make_participation(study=scales_study())
    stored = said(part, value=4.0, scales={"beauty": 2.0})
    stored.refresh_from_db()
    assert (stored.value, stored.scales) == (4.0, {"beauty": 2.0})
    for wrong in (None, {"beauty": 9.0}, {"beauty": 2.0, "match": 2.0}):
        with pytest.raises(RecordError) as raised:
            said(part, value=4.0, scales=wrong)
        assert set(raised.value.fields) == {"scales"}


def test_a_study_of_one_scale_takes_no_others() -> None:
    with pytest.raises(RecordError) as raised:
        said(make_participation(study=make_study()), value=4.0, scales={"beauty": 2.0})
    assert raised.value.fields == {"scales": "One value is asked for here: leave “scales” out."}


def test_agreement_is_measured_on_each_scale() -> None:
    study = scales_study()
    images = [make_study_image(study=study) for _ in range(4)]
    for _ in range(3):
        part = make_participation(study=study)
        for number, image in enumerate(images):
            # all give the same on the further scale; on the main one everybody gives another row of values
            value = float(1 + (number + part.study.participations.count()) % 5)
            make_rating(participation=part, study_image=image, value=value, scales={"beauty": float(number + 1)})
    _, figures = design_of(study).measure(study)
    assert isinstance(figures, RatingFigures)
    main, beauty = figures.scales
    assert (main.label, beauty.label) == ("Do you like it?", "Is it beautiful?")
    assert beauty.value == 1.0
    assert main.value == figures.agreement.value
    assert main.value is not None
    assert main.value < 1.0


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
def test_a_dump_has_a_column_for_each_further_scale() -> None:
    study = scales_study()
    make_rating(participation=make_participation(study=study), value=4.0, scales={"beauty": 2.0})
    dump = dumped(study, dump_format="csv")
    rows = pd.read_csv(folder_of(dump) / "ratings.csv")
    assert [list(rows["rating"]), list(rows["rating_beauty"])] == [[4.0], [2.0]]
    assert "on 2 scales (Do you like it?, Is it beautiful?)" in (folder_of(dump) / "README.md").read_text()
    assert dump.manifest["study"]["scales"] == SCALES
