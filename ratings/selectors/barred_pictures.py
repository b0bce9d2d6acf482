"""Pictures that are not taken in, by the digest of their bytes, each with the sentence that says why."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.models import Image, PurgedPicture, Study

ARCHIVED = staff_gettext_lazy("it is in the archive; restore it first, or leave it out")
PURGED = staff_gettext_lazy("it was purged from this installation on {day} and is not taken in again; leave it out")


def barred_pictures(*, digests: Collection[str], study: Study | None) -> dict[str, str]:
    """Say which pictures must not come into a study, or without one into the records."""
    purged = PurgedPicture.objects.filter(sha256__in=digests).values_list("sha256", "created_at")
    reasons = {digest: PURGED.format(day=f"{moment:%d.%m.%Y}") for digest, moment in purged}
    if study is not None:
        archived = Image.objects.filter(sha256__in=digests, archived_at__isnull=False)
        reasons = dict.fromkeys(archived.values_list("sha256", flat=True), str(ARCHIVED)) | reasons
    return reasons
