"""Addresses of lists that are filtered to what a figure counts."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

from annotate.admin.parts.archive import EVERYTHING
from ratings.models import Participation, Study
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family, design_of

ITEM_LISTS: Mapping[Family, tuple[str, str, Mapping[str, str]]] = {  # of items, its filter by study, and those counted
    ONE_IMAGE: ("ratings_image", "study_images__study__id__exact", {"role": "rate", "archived": EVERYTHING}),
    SEVERAL_IMAGES: ("ratings_pair", "study__id__exact", {"is_active__exact": "1"}),
}
OPINIONS = {"standing": "opinion"}  # the answers that stand at first sight: what a count of answers counts


def filtered_list(model: str, /, **filters: object) -> str:
    """Give the address of a list of the admin with filters set."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(filters)}"


def opinions_list(*, study: Study, **filters: object) -> str:
    """Give the address of the list of a study's answers that count as an opinion."""
    return study_answers_list(study=study, **OPINIONS, **filters)


def answers_list(*, participation: Participation, **filters: object) -> str:
    """Give the address of the list of a part's answers."""
    of = {"participation__id__exact": participation.pk}
    return filtered_list(answer_list_of(design_of(participation.study).family), **of, **filters)


def study_answers_list(*, study: Study, **filters: object) -> str:
    """Give the address of the list of a study's answers."""
    return filtered_list(answer_list_of(design_of(study).family), participation__study__id__exact=study.pk, **filters)


def items_list(*, study: Study) -> str:
    """Give the address of the list of what a study puts to raters: its images, or its pairs."""
    model, of_study, counted = ITEM_LISTS[design_of(study).family]
    return filtered_list(model, **{of_study: study.pk}, **counted)


def raters_list(*, study: Study) -> str:
    """Give the address of the list of those who take part in a study."""
    return filtered_list("ratings_participation", study__id__exact=study.pk)


def answer_list_of(family: Family) -> str:
    """Name the list of a family's answers."""
    return family.answer._meta.label_lower.replace(".", "_")


def rater_page_url(participation: Participation) -> str:
    """Give the address of the page about a rater, opened at a part in a study."""
    return f"{reverse('admin:ratings_rater_change', args=[participation.rater_id])}?part={participation.pk}"
