"""Files on their way from a browser, part by part, until all have arrived and are imported."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_lazy

LONGEST_KEY = 400
LONGEST_FILE_NAME = 255  # what a file system takes


class UploadKind(models.TextChoices):
    """What a file of an upload is for; also the folder that it is kept in."""

    PICTURES = "pictures", gettext_lazy("Pictures and archives")
    DETAILS = "details", gettext_lazy("Lists with details")


class Upload(models.Model):
    """What somebody is uploading into a study: one at a time, gone once it is imported or discarded."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="uploads")
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    folder = models.CharField(max_length=100, unique=True, help_text="Below the folder of deliveries.")
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True, help_text="When the last part arrived.")

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=("study", "uploader"), name="upload_one_per_person_and_study"),)

    def __str__(self) -> str:
        """Say what it is for."""
        return gettext("Upload into {study}").format(study=self.study)


class UploadFile(models.Model):
    """A file of an upload, and how much of it has arrived."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    key = models.CharField(max_length=LONGEST_KEY, help_text="By which the browser knows the file again.")
    kind = models.CharField(max_length=10, choices=UploadKind)
    name = models.CharField(max_length=LONGEST_FILE_NAME, help_text="Its own name, numbered where another has it.")
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0, help_text="Bytes from its beginning that have arrived.")

    class Meta:
        """Order and invariants."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("upload", "key"), name="upload_file_key"),
            models.UniqueConstraint(fields=("upload", "kind", "name"), name="upload_file_name"),
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="upload_file_received_within_size"),
        )

    def __str__(self) -> str:
        """Name the file."""
        return self.name
