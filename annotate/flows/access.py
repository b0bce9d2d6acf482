"""Who may see which study and do what there, for every page and call."""

from ratings.selectors.study_access import (
    acts_about,
    has_everywhere,
    has_in_each,
    has_single_roles,
    limits_of,
    others_images,
    studies_of,
    studies_of_row,
    take_at_hand,
    visible_rows,
)
from ratings.services.study_members import give_study_role, take_study_role

__all__ = [
    "acts_about",
    "give_study_role",
    "has_everywhere",
    "has_in_each",
    "has_single_roles",
    "limits_of",
    "others_images",
    "studies_of",
    "studies_of_row",
    "take_at_hand",
    "take_study_role",
    "visible_rows",
]
