"""A form's field for several files."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PICTURES = ".jpg,.jpeg,.png,.webp,.gif,.avif,.zip"


class FilesInput(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    def __init__(self, *, accept: str, missing: "StrOrPromise" = "", **field: Any) -> None:
        """Take the suffixes to offer, and what to say where at least one file is needed."""
        widget = FilesInput(attrs={"multiple": True, "accept": accept})
        super().__init__(widget=widget, required=bool(missing), **field)
        self.missing = missing

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Check each file."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.missing:
            raise forms.ValidationError(self.missing)
        return [super(FilesField, self).clean(file, initial) for file in files]
