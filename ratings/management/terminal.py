"""What commands have in common: finding the study that is named, and listing what was refused."""

from collections.abc import Sequence

from django.core.management.base import CommandError, OutputWrapper

from ratings.models import Study

SHOWN = 50


def named_study(*, slug: str) -> Study:
    """Find the study, or say which there are."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet; make one with create_study"
        raise CommandError(f"There is no study {slug!r}. Studies: {known}.", returncode=2)
    return study


def list_refused(*, refused: Sequence[object], out: OutputWrapper) -> None:
    """Write what was refused and why, and of a long list how many more there are."""
    for one in refused[:SHOWN]:
        out.write(f"rejected {one}")
    if len(refused) > SHOWN:
        out.write(f"… and {len(refused) - SHOWN} more")
