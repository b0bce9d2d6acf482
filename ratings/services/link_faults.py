"""Count the visits by links that do not say who comes, so that a wrong placeholder is noticed the same day."""

from django.db.models import F

from ratings.models import LinkFaultCount, Study
from ratings.values.platform_links import SESSION, LinkFault, PlatformLink


def count_link_faults(*, study: Study, link: PlatformLink) -> None:
    """Count what a visitor's link lacked. It is counted as links arrive, also at a page that is only looked at."""
    first_of_kind = {fault.kind: fault for fault in sorted(link.faults, key=is_of_session, reverse=True)}
    for fault in first_of_kind.values():  # each visit once, by its person rather than its session
        LinkFaultCount.objects.update_or_create(
            study=study,
            kind=fault.kind,
            defaults={"count": F("count") + 1, "example": fault.example},
            create_defaults={"example": fault.example},
        )


def is_of_session(fault: LinkFault) -> bool:
    """Tell whether a fault concerns only the session."""
    return fault.field == SESSION
