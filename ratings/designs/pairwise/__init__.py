"""Choose between two pictures, side by side."""

from ratings.choices import Design, Policy
from ratings.models import Study
from ratings.registry import SEVERAL_IMAGES, StudyDesign
from ratings.services.checks import check_pair_answer, require_no_settings
from ratings.services.opening import require_pairs
from ratings.values.comparisons import ComparisonRules, named_sides, pair_games, pair_position
from ratings.values.page_words import PAIR_WORDS

PAIR = 2


def two_at_once(study: Study, conditions: int) -> int:  # noqa: ARG001 - however many conditions there are
    """Show two pictures at a time."""
    return PAIR


DESIGN = StudyDesign(
    name=Design.PAIRWISE,
    family=SEVERAL_IMAGES,
    items="pairs",
    answers="choices",
    policies=(Policy.ACTIVE, Policy.RANDOM, Policy.COVERAGE),
    trains=False,
    takes_table=True,
    settings=("ties_allowed", "chooses_comparisons"),
    public_settings=lambda study, _: {"ties_allowed": study.ties_allowed},
    check_description=require_no_settings,
    prepare=require_pairs,
    check_answer=check_pair_answer,
    words=PAIR_WORDS,
    comparison=ComparisonRules(
        fewest=PAIR,
        sizes=two_at_once,
        named=named_sides,
        games=pair_games,
        position=pair_position,
        first_title="Went left",
        first_detail="half, where the side does not matter",
    ),
)
