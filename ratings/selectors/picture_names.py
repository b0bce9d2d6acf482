"""Which picture of a study a name means: its SHA-256, its id, or what the study calls it."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from ratings.exceptions import NotFoundError
from ratings.files.names import doubt_of, match_names, normal_name
from ratings.models import Image, Study, StudyImage
from ratings.selectors.known_pictures import by_identity
from ratings.sentences import staff_gettext

SHORT_DIGEST = re.compile(r"(?:picture )?([0-9a-f]{8,63})", re.IGNORECASE)  # as a picture is called where none names it


@dataclass(frozen=True, kw_only=True)
class NamedPictures:
    """The picture that each name means, and of names that mean none for certain the reason."""

    found: dict[str, UUID] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)

    def open_names(self, names: Collection[str]) -> list[str]:
        """List the names of which nothing is known yet."""
        return [name for name in names if name not in self.found and name not in self.doubts]


def pictures_by_name(*, study: Study, names: Collection[str]) -> NamedPictures:
    """Find pictures by SHA-256 or id, by the names that the study gives them, or else exactly by another study's."""
    named = NamedPictures(found=by_identity(names).found)
    match_entries(named, names=named.open_names(names), entries=StudyImage.objects.filter(study=study))
    elsewhere = named.open_names(names)
    exact = {form(name) for name in elsewhere for form in (str, normal_name)}
    others = StudyImage.objects.exclude(study=study).filter(name__in=exact)
    called = {normal_name(name) for name in others.values_list("name", flat=True)}
    match_entries(named, names=[name for name in elsewhere if normal_name(name) in called], entries=others)
    return named


def match_entries(named: NamedPictures, *, names: Collection[str], entries: "QuerySet[StudyImage]") -> None:
    """Find the pictures that names mean among entries; all of those are read only where a name is none of theirs."""
    pictures = pictures_called(entries.filter(name__in=names))
    if any(name not in pictures for name in names):
        pictures = pictures_called(entries)
    matches = match_names(names=names, files=pictures)
    for name, called in matches.found.items():
        if len(pictures[called]) == 1:
            named.found[name] = pictures[called][0]
        else:
            named.doubts[name] = staff_gettext("{count} pictures are called {called}; give the SHA-256 instead").format(
                count=len(pictures[called]), called=f"{called!r}"
            )
    named.doubts.update({name: f"{name!r}: {doubt_of(files)}" for name, files in matches.doubtful.items()})


def pictures_called(entries: "QuerySet[StudyImage]") -> Mapping[str, list[UUID]]:
    """List the pictures of entries by name, each once."""
    found: dict[str, dict[UUID, None]] = defaultdict(dict)
    for name, image in entries.order_by("pk").values_list("name", "image_id"):
        found[name][image] = None
    return {name: list(images) for name, images in found.items()}


def images_in_study(*, study: Study, names: Collection[str]) -> list[UUID]:
    """Give the pictures of a study that are meant, or raise for the first name that means none of them for certain."""
    named = pictures_by_name(study=study, names=set(names))
    for name in named.open_names(list(names)):
        named.found.update(by_short_digest(name))
    wanted = set(named.found.values())
    here = set(StudyImage.objects.filter(study=study, image__in=wanted).values_list("image_id", flat=True))
    for name in names:
        if name in named.doubts:
            raise NotFoundError(f"{named.doubts[name]}.", fields={"images": name})
        if named.found.get(name) not in here:
            raise NotFoundError(
                staff_gettext("{slug} has no picture {name}; give its file name there, its id or its SHA-256.").format(
                    slug=study.slug, name=f"{name!r}"
                ),
                fields={"images": name},
            )
    return [named.found[name] for name in dict.fromkeys(names)]


def images_here(*, names: Collection[str]) -> list[Image]:
    """Give the pictures of the installation that ids, digests or their beginnings name; raise where one names none."""
    found = by_identity(names).found
    for name in names:
        found |= {} if name in found else by_short_digest(name)
        if name not in found:
            raise NotFoundError(
                staff_gettext(
                    "There is no picture {name}, or several begin so; give its id or its whole SHA-256."
                ).format(name=f"{name!r}"),
                fields={"images": name},
            )
    return list(Image.objects.filter(pk__in=found.values()).order_by("pk"))


def by_short_digest(name: str) -> dict[str, UUID]:
    """Find a picture by the first digits of its SHA-256, if these are one picture's alone."""
    match = SHORT_DIGEST.fullmatch(name.strip())
    if match is None:
        return {}
    found = list(Image.objects.filter(sha256__startswith=match[1].lower()).values_list("pk", flat=True)[:2])
    return {name: found[0]} if len(found) == 1 else {}


def pictures_off(*, study: Study, images: Collection[UUID]) -> set[UUID]:
    """Give those of the pictures that were taken off a study, or are in the archive."""
    off = StudyImage.objects.filter(study=study, image__in=images, off_at__isnull=False)
    archived = Image.objects.filter(pk__in=images, archived_at__isnull=False)
    return {*off.values_list("image_id", flat=True), *archived.values_list("pk", flat=True)}
