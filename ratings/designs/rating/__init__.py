"""Rate one picture at a time, on the study's scale."""

from ratings.choices import Design, Policy
from ratings.registry import ONE_IMAGE, StudyDesign
from ratings.services.opening import prepare_images

DESIGN = StudyDesign(
    name=Design.RATING,
    family=ONE_IMAGE,
    items="images",
    answers="ratings",
    policies=tuple(Policy),
    trains=True,
    takes_table=False,
    prepare=prepare_images,
)
