"""Where static files go: without comments, compressed, and named after their content, module imports included."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

MINIFIERS: dict[str, Callable[[str], str]] = {".js": jsmin, ".css": cssmin}
OWN = ("js/", "css/")  # folders of our own files: those of libraries come as their makers want them
Sources = Mapping[str, tuple[Any, str]]  # where each file is read from: name -> (storage, path)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Rewrite module imports too, so that every module is fetched once and may be cached for ever."""

    support_js_module_import_aggregation = True

    def save(self, name: str, content: "File[Any]", max_length: int | None = None) -> str:
        """Store a source file; our own scripts and styles without comments and blanks, which only its readers need."""
        return str(super().save(name, minified(name, content), max_length))

    def post_process(self, paths: Sources, dry_run: bool = False, **options: Any) -> Iterator[Any]:  # noqa: FBT001, FBT002 - Django's signature
        """Name files after their content, our own after what was stored of them."""
        stored = {name: (self, name) if minifier(name) else source for name, source in paths.items()}
        yield from super().post_process({} if dry_run else stored, dry_run, **options)


def minifier(name: str) -> Callable[[str], str] | None:
    """Give what takes comments and blanks out of a file, if it is a script or a style of our own."""
    return MINIFIERS.get(PurePosixPath(name).suffix) if name.startswith(OWN) else None


def minified(name: str, content: "File[Any]") -> "File[Any]":
    """Give a script or style of our own without comments and blanks, and any other file as it is."""
    minify = minifier(name)
    if minify is None:
        return content
    text = content.read()
    return ContentFile(minify(text.decode() if isinstance(text, bytes) else text).encode())
