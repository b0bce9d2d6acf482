"""Change how many raters the images and pairs of a study want."""

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Greatest

from ratings.models import Pair, Study, StudyImage


def set_image_targets(*, study: Study) -> int:
    """Give every image the study's target, but never less than its slots already taken."""
    return StudyImage.objects.filter(study=study).update(target=Greatest(Value(study.target), F("taken")))


def set_pair_targets(*, study: Study) -> int:
    """Give every pair that anyone may be asked the study's target, but never less than its slots already taken."""
    pairs = Pair.objects.filter(study=study, participation__isnull=True)
    return pairs.update(target=Greatest(Value(study.target), F("taken")))
