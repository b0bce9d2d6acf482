"""Count the visits by links that do not say who comes, so that a wrong placeholder is noticed the same day."""

from django.db.models import F

from ratings.models import LinkFaultCount, Study
from ratings.values.platform_links import PlatformLink


def count_link_faults(*, study: Study, link: PlatformLink) -> None:
    """Count what a visitor's link lacked. It is counted as links arrive, also at a page that is only looked at."""
    for fault in link.faults:
        LinkFaultCount.objects.update_or_create(
            study=study,
            kind=fault.kind,
            defaults={"count": F("count") + 1, "example": fault.example},
            create_defaults={"example": fault.example},
        )
