"""Choose the best and the worst of three to five pictures."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from ratings.choices import Design, Policy
from ratings.models import Study
from ratings.registry import SEVERAL_IMAGES, StudyDesign
from ratings.services.checks import check_best_and_worst, require_no_settings
from ratings.services.opening import require_pairs
from ratings.values.comparisons import ComparisonRules, best_position, best_worst_games, named_list
from ratings.values.page_words import PAIR_WORDS, pictures, rated

FEWEST = 3


def several_at_once(study: Study, conditions: int) -> int:
    """Show as many pictures at a time as the study says, or all where there are fewer."""
    return min(study.set_size, conditions)


DESIGN = StudyDesign(
    name=Design.BEST_WORST,
    family=SEVERAL_IMAGES,
    items="sets",
    answers="choices",
    policies=(Policy.ACTIVE, Policy.RANDOM, Policy.COVERAGE),
    trains=False,
    takes_table=True,
    settings=("set_size", "chooses_comparisons"),
    public_settings=lambda study, _: {"set_size": study.set_size},
    check_description=require_no_settings,
    prepare=require_pairs,
    check_answer=check_best_and_worst,
    words=replace(
        PAIR_WORDS,
        what=_("You see several pictures at a time. Choose the best one, then the worst."),
        skip=_("Skip"),
        go_on_at=lambda _place: str(PAIR_WORDS.go_on),
        asked=lambda study: pictures(study.quota * study.set_size),
        place_of=_("Set {place} of {quota}"),
        done=lambda part: rated(part.done * part.study.set_size),
    ),
    comparison=ComparisonRules(
        fewest=FEWEST,
        sizes=several_at_once,
        named=named_list,
        games=best_worst_games,
        position=best_position,
        first_title="First was best",
        first_detail="one in as many as are shown, where the place does not matter",
    ),
)
