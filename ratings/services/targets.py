"""Change how many raters the items of a study want."""

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Greatest

from ratings.models import Study, StudyImage
from ratings.registry import FAMILIES, ONE_IMAGE


def set_targets(*, study: Study) -> int:
    """Give every item that is for anyone the study's target, but never less than its slots already taken."""
    target = Greatest(Value(study.target), F("taken"))
    images = StudyImage.objects.filter(study=study, stopped_at__isnull=True)  # those that a rule stopped stay so
    others = [family.shared_items().filter(study=study) for family in FAMILIES if family is not ONE_IMAGE]
    return images.update(target=target) + sum(rows.update(target=target) for rows in others)
