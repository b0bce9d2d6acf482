"""Attention checks: sentences that ask for a given answer, put among the pictures by the study's settings."""

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext

from ratings.choices import ScaleKind
from ratings.models import StudyImage
from ratings.values.languages import DEFAULT_LANGUAGE


def wanted_answer(*, place: StudyImage) -> str:
    """Say which answer shows that somebody looks, in the language spoken now."""
    study, value = place.study, place.attention_value or 0.0
    label = study.scale_in(get_language() or DEFAULT_LANGUAGE)[1].labels.get(f"{value:g}", "")
    if label:
        sentence = gettext("Please choose {value}, {label}.")
    elif study.scale_kind == ScaleKind.SLIDER:
        is_low = value == study.scale_min
        sentence = gettext("Please choose the lowest value.") if is_low else gettext("Please choose the highest value.")
    else:
        sentence = gettext("Please choose {value}.")
    return sentence.format(value=number_format(f"{value:g}"), label=label)
