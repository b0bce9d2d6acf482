"""Rate one picture at a time on several named scales; models learn one of them."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from ratings.choices import Design, Policy
from ratings.registry import ONE_IMAGE, StudyDesign
from ratings.services.checks import check_scales, require_scales
from ratings.services.opening import prepare_images
from ratings.values.page_words import RATING_WORDS

DESIGN = StudyDesign(
    name=Design.SCALES,
    family=ONE_IMAGE,
    items="images",
    answers="ratings",
    policies=tuple(Policy),
    trains=True,
    takes_table=False,
    settings=("scales", "trained_scale"),
    public_settings=lambda study, language: {
        "scales": [scale.as_json() for _, scale in study.named_scales_in(language)]
    },
    check_description=require_scales,
    prepare=prepare_images,
    check_answer=check_scales,
    words=replace(
        RATING_WORDS,
        what=_("Give each picture a value on every scale. The last value sends your answer."),
    ),
)
