"""Pictures that are not taken in, by the digest of their bytes, each with the sentence that says why."""

from collections.abc import Collection

from ratings.models import Image, Study

ARCHIVED = "it is in the archive; restore it first, or leave it out"


def barred_pictures(*, digests: Collection[str], study: Study | None) -> dict[str, str]:
    """Say which pictures must not come into a study, or without one into the records."""
    if study is None:
        return {}
    archived = Image.objects.filter(sha256__in=digests, archived_at__isnull=False)
    return dict.fromkeys(archived.values_list("sha256", flat=True), ARCHIVED)
