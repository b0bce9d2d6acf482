"""Whether the clock has anything to do to the records: asked before anybody is sent for it."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ratings.choices import AssignmentState, StudyState
from ratings.models import Image, PurgedPicture, Study, Upload
from ratings.registry import FAMILIES
from ratings.stores.uploads import upload_store

HELD = (AssignmentState.LEASED, AssignmentState.QUEUED)


def has_ended_leases() -> bool:
    """Tell whether a lease ran out, or something that was taken off is still held or queued."""
    for family in FAMILIES:
        rows = family.assignment._default_manager
        late = rows.filter(state=AssignmentState.LEASED, lease_expires_at__lt=timezone.now())
        taken_off = rows.filter(state__in=HELD, **{f"{family.item_field}__off_at__isnull": False})
        if late.exists() or taken_off.exists():
            return True
    return False


def has_prolific_studies() -> bool:
    """Tell whether a study names one of Prolific's and is past its draft."""
    return Study.objects.exclude(prolific=None).exclude(state=StudyState.DRAFT).exists()


def has_unfinished_purges() -> bool:
    """Tell whether a purge was cut short, or an import brought in what is barred."""
    again = Image.objects.filter(sha256=OuterRef("sha256")).exclude(path=OuterRef("blank_path"))
    return PurgedPicture.objects.filter(Q(finished_at__isnull=True) | Exists(again)).exists()


def has_open_studies() -> bool:
    """Tell whether raters may be at work anywhere."""
    return Study.objects.filter(state=StudyState.OPEN).exists()


def has_uploads() -> bool:
    """Tell whether files that were sent lie anywhere; most of them wait for their import."""
    return Upload.objects.exists() or bool(upload_store().ages())
