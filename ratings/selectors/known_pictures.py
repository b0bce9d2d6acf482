"""Find pictures that are here already, by what somebody elsewhere calls them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from ratings.files.names import bare_name, decoded_name, match_names, stem, unmarked_name
from ratings.models import DatasetImage, Image, StudyImage
from ratings.selectors.participations import uuid_of

DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
ROWS_AT_ONCE = 10_000


@dataclass(kw_only=True)
class KnownPictures:
    """What names mean among the pictures that are here."""

    found: dict[str, UUID] = field(default_factory=dict)
    doubtful: list[str] = field(default_factory=list)  # names of several pictures, or of none for certain


def known_pictures(*, names: Collection[str]) -> KnownPictures:
    """Find pictures by SHA-256, by id, or by a name that studies and sets give to one picture alone."""
    known = by_identity(names)
    unnamed = [name for name in names if name not in known.found]
    called = pictures_called(unnamed)
    matches = match_names(names=unnamed, files=called)
    for name, file in matches.found.items():
        if not agree(name, file):
            continue
        if len(called[file]) == 1:
            known.found[name] = next(iter(called[file]))
        else:
            known.doubtful.append(name)
    known.doubtful += matches.doubtful
    return known


def agree(name: str, other: str) -> bool:
    """Tell whether two names could be one path seen from two folders, as those of strangers must: no folder differs."""
    folders = (decoded_name(one).split("/")[-2::-1] for one in (name, other))
    return all(one == another for one, another in zip(*folders, strict=False))


def by_identity(names: Collection[str]) -> KnownPictures:
    """Find pictures by SHA-256 and id."""
    stems = {name: stem(decoded_name(name)) for name in names}
    digests = {name: bare.lower() for name, bare in stems.items() if DIGEST.fullmatch(bare)}
    keys = {name: key for name, bare in stems.items() if (key := uuid_of(bare)) is not None}
    here = dict(Image.objects.filter(sha256__in=set(digests.values())).values_list("sha256", "pk"))
    there = set(Image.objects.filter(pk__in=set(keys.values())).values_list("pk", flat=True))
    return KnownPictures(
        found={name: here[digest] for name, digest in digests.items() if digest in here}
        | {name: key for name, key in keys.items() if key in there}
    )


def pictures_called(names: Collection[str]) -> dict[str, set[UUID]]:
    """Give the pictures by the names that studies and sets have for them, names that nobody asks for left out."""
    wanted = {label for name in names for label in labels(name)}
    called: dict[str, set[UUID]] = defaultdict(set)
    if wanted:
        for name, image in given_names():
            if not wanted.isdisjoint((*labels(name), stem(decoded_name(name)))):
                called[name].add(image)
    return dict(called)


def given_names() -> Iterator[tuple[str, UUID]]:
    """Give every name that a study or a set has for a picture."""
    of_studies = StudyImage.objects.exclude(name="").values_list("name", "image_id")
    of_sets = DatasetImage.objects.filter(image__isnull=False).values_list("key", "image_id")
    return chain(of_studies.iterator(chunk_size=ROWS_AT_ONCE), of_sets.iterator(chunk_size=ROWS_AT_ONCE))


def labels(name: str) -> tuple[str, str]:
    """Give the bare name, with and without the mark of an upload: two names of one picture share one of them."""
    whole = decoded_name(name)
    return bare_name(whole), unmarked_name(whole)
