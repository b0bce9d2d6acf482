"""Choose between two pictures, side by side."""

from ratings.choices import Design, Policy
from ratings.registry import SEVERAL_IMAGES, StudyDesign
from ratings.services.opening import require_pairs

DESIGN = StudyDesign(
    name=Design.PAIRWISE,
    family=SEVERAL_IMAGES,
    items="pairs",
    answers="choices",
    policies=(Policy.COVERAGE,),
    trains=False,
    takes_table=True,
    prepare=require_pairs,
)
