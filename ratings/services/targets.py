"""Change how many raters the images of a study want."""

from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Greatest

from ratings.models import Study, StudyImage


def set_image_targets(*, study: Study) -> int:
    """Give every image the study's target, but never less than the places it has already given out."""
    return StudyImage.objects.filter(study=study).update(target=Greatest(Value(study.target), F("taken")))
