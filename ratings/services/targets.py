"""Change how many raters the items of a study want."""

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Greatest

from ratings.models import Study
from ratings.registry import FAMILIES


def set_targets(*, study: Study) -> int:
    """Give every item that is for anyone, and not stopped, the study's target, but never less than its taken slots."""
    target = Greatest(Value(study.target), F("taken"))
    return sum(family.targeted_items().filter(study=study).update(target=target) for family in FAMILIES)
