"""What a study cannot hold is refused in words that say what to do, before the database refuses it by a name."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint

from ratings.models import Study
from ratings.tests.factories import make_study

JANUARY, FEBRUARY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))
# An end before its beginning, and the like: what a form would send, and the words beside it.
REFUSED = {
    "opens_at": ({"opens_at": FEBRUARY, "closes_at": JANUARY}, "opens before it closes"),
    "scale_min": ({"scale_min": 5, "scale_max": 1}, "lowest value of the scale lies below the highest"),
    "random_share": ({"random_share": 0.7, "repeat_share": 0.6}, "1 at most together"),
    "set_size": ({"set_size": 9}, "A set has 3 to 5 pictures"),
}


@pytest.mark.parametrize("constraint", Study._meta.constraints, ids=lambda one: one.name)
def test_every_constraint_of_a_study_has_words_of_its_own(constraint: BaseConstraint) -> None:
    assert "%(name)" not in str(constraint.violation_error_message)


@pytest.mark.django_db
@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_a_study_that_cannot_be_is_refused_in_words(values: dict[str, object], words: str) -> None:
    study = make_study()
    for name, value in values.items():
        setattr(study, name, value)
    with pytest.raises(ValidationError, match=words):
        study.validate_constraints()
