"""Rate one picture at a time, on the study's scale."""

from ratings.choices import Design, Policy
from ratings.registry import ONE_IMAGE, StudyDesign
from ratings.services.checks import check_rating, require_no_settings
from ratings.services.opening import prepare_images
from ratings.values.page_words import RATING_WORDS

DESIGN = StudyDesign(
    name=Design.RATING,
    family=ONE_IMAGE,
    items="images",
    answers="ratings",
    policies=tuple(Policy),
    trains=True,
    takes_table=False,
    settings=(),
    public_settings=lambda *_: {},
    check_description=require_no_settings,
    prepare=prepare_images,
    check_answer=check_rating,
    words=RATING_WORDS,
)
