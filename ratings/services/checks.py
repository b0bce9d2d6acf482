"""What makes an answer, or the description of a study, one that its design can take."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from ratings.choices import Answer, AssignmentKind, ScaleKind
from ratings.exceptions import ChoiceNotOfferedError, InvalidInputError, TieNotAllowedError, ValueOffScaleError
from ratings.models import Assignment, PairAssignment, Study
from ratings.sentences import staff_gettext
from ratings.values.scales import checked_scales
from ratings.values.shapes import ShapeError

Said = Mapping[str, Any]
BEST_AND_WORST = r"[1-5]>[1-5]"  # places as shown, from 1


def require_no_settings(study: Study) -> None:
    """Refuse nothing: the design has no settings of its own that could be missing."""


def require_scales(study: Study) -> None:
    """Raise unless several scales are described, and the one to be learned is among them."""
    try:
        keys = [scale.key for scale in checked_scales(study.scales)]
    except ShapeError as error:
        raise InvalidInputError(f"scales: {error}", fields={"scales": str(error)}) from error
    if study.trained_scale and study.trained_scale not in keys:
        raise InvalidInputError(
            staff_gettext("trained_scale: there is no scale {trained_scale}; the scales are {keys}.").format(
                trained_scale=f"{study.trained_scale!r}", keys=", ".join(keys)
            ),
            fields={"trained_scale": staff_gettext("one of {keys}").format(keys=", ".join(keys))},
        )


def require_on_scale(*, study: Study, value: float, field: str) -> None:
    """Raise unless the value is one that the study's scale offers."""
    if not study.is_on_scale(value):
        sentence = scale_in_words(study)
        raise ValueOffScaleError(sentence, fields={field: sentence})


def scale_in_words(study: Study) -> str:
    """Say which values the study's scale has."""
    ends = {"low": f"{study.scale_min:g}", "high": f"{study.scale_max:g}"}
    if study.scale_kind == ScaleKind.SLIDER:
        return gettext("Give a value on the study's scale, between {low} and {high}.").format(**ends)
    sentence = gettext("Give a value on the study's scale, between {low} and {high} in steps of {step}.")
    return sentence.format(**ends, step=f"{study.scale_step:g}")


def one_value_alone() -> str:
    """Say that there is one scale."""
    return gettext("One value is asked for here: leave “scales” out.")


def check_rating(study: Study, assignment: Assignment, said: Said) -> None:  # noqa: ARG001 - as of every design
    """Raise unless the value is on the study's scale, and is the only one."""
    require_on_scale(study=study, value=said["value"], field="value")
    if said["scales"] is not None:
        raise InvalidInputError(one_value_alone(), fields={"scales": one_value_alone()})


def check_scales(study: Study, assignment: Assignment, said: Said) -> None:
    """Raise unless there is a value on every scale; of a picture made for the rater the main one is asked alone."""
    require_on_scale(study=study, value=said["value"], field="value")
    given = said["scales"] or {}
    is_asked = assignment.kind != AssignmentKind.STEERED
    wanted = {scale.key for scale in study.named_scales[1:]} if is_asked else set()
    if set(given) != wanted:
        each = gettext("Give a value for each of these scales, and for no other: {scales}.")
        sentence = each.format(scales=", ".join(sorted(wanted))) if wanted else one_value_alone()
        raise InvalidInputError(sentence, fields={"scales": sentence})
    for value in given.values():
        require_on_scale(study=study, value=value, field="scales")


def check_pair_answer(study: Study, assignment: PairAssignment, said: Said) -> None:  # noqa: ARG001 - as above
    """Raise for what is no side, and for a tie where the study wants a decision."""
    if said["answer"] not in Answer.values:
        sentence = gettext("This study shows two pictures: answer left, right or tie.")
        raise ChoiceNotOfferedError(sentence, fields={"choice": sentence})
    if said["answer"] == Answer.TIE and not study.ties_allowed:
        sentence = gettext("This study wants a decision: choose left or right, or skip the pair.")
        raise TieNotAllowedError(sentence, fields={"choice": sentence})


def check_best_and_worst(study: Study, assignment: PairAssignment, said: Said) -> None:  # noqa: ARG001 - as above
    """Raise unless the answer names the places of two of the pictures that are shown."""
    size = len(assignment.pair.image_ids)
    places = places_of(said["answer"])
    if places is None or places[0] == places[1] or max(places) > size:
        sentence = gettext(
            "Answer with the places of the best and the worst picture, from 1 to {size}, such as 2>{size}."
        )
        raise ChoiceNotOfferedError(sentence.format(size=size), fields={"choice": sentence.format(size=size)})


def places_of(answer: str) -> tuple[int, int] | None:
    """Read the places of the best and the worst, from 1; none where that is not what was said."""
    if re.fullmatch(BEST_AND_WORST, answer) is None:
        return None
    best, worst = answer.split(">")
    return int(best), int(worst)
