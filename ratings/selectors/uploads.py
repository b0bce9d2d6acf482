"""Look up what is being uploaded, and how much of it has arrived."""

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, Sum

from ratings.exceptions import NotFoundError
from ratings.models import Study, Upload
from ratings.sentences import staff_gettext

ARRIVED = Q(files__received=F("files__size"))


def unfinished_upload(*, study: Study, uploader: User) -> Upload | None:
    """Give what a person has begun to upload into a study, with counts of its files and of those that arrived."""
    counted = Upload.objects.annotate(
        file_count=Count("files"),
        arrived_count=Count("files", filter=ARRIVED),
        size=Sum("files__size"),
        received=Sum("files__received"),
    )
    return counted.filter(study=study, uploader=uploader).first()


def access_upload(*, study: Study, uploader: User, folder: str) -> Upload:
    """Give a person's own upload into a study."""
    upload = Upload.objects.filter(study=study, uploader=uploader, folder=folder).first()
    if upload is None:
        raise NotFoundError(staff_gettext("This upload is gone, or somebody else's: choose the files again."))
    return upload
