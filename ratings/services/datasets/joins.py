"""Join the images and raters of a set with what lies beside its ratings: profiles, descriptions, pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.names import Matches, doubt_of, listed_names, match_names
from ratings.services.datasets.keys import image_key
from ratings.services.datasets.rows import Companions
from ratings.services.ingest_files import IncomingPictures
from ratings.services.ingest_lists import Unmatched, completed
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails, Incoming


@dataclass(kw_only=True)
class Described:
    """What is known of a set's raters and images, and what of it belongs to none of them."""

    people: dict[str, dict[str, Any]]
    images: dict[str, ImageDetails]  # by name
    unmatched: list[Unmatched] = field(default_factory=list)


def describe(
    *, raters: Mapping[str, dict[str, Any]], images: Mapping[str, ImageDetails], companions: Companions
) -> Described:
    """Put what companions tell to the raters and images that were found in the ratings."""
    people = {name: companions.people.get(name) or own for name, own in raters.items()}
    found = Described(people=people, images=dict(images))
    strangers = [name for name in companions.people if name not in raters]
    without = [name for name in raters if name not in companions.people] if companions.people else []
    found.unmatched += kinds(("profiles without a rater", strangers), ("raters without a profile", without))
    if companions.images is not None:
        rows = companions.images.rows
        matches = match_names(names=rows, files=images)
        for name, image in matches.found.items():
            found.images[image] = completed(found.images[image], rows[name])
        found.unmatched += kinds(
            ("details without a rated image", list(matches.missing)),
            ("details that do not mean one rated image for certain", doubts(matches)),
            ("rated images without details", list(matches.unused)),
        )
    return found


def by_key(images: Mapping[str, ImageDetails], *, keys: Mapping[str, str]) -> dict[str, ImageDetails]:
    """Put together what is known of an image under all its names."""
    found: dict[str, ImageDetails] = {}
    for name, details in images.items():
        found[keys[name]] = completed(found.get(keys[name], NOTHING_KNOWN), details)
    return found


def kinds(*found: tuple[str, Sequence[str]]) -> list[Unmatched]:
    """Give the kinds of which there is any."""
    return [Unmatched(what=what, names=names) for what, names in found if names]


def doubts(matches: Matches) -> list[str]:
    """Name what could mean several, and why it means none."""
    return [f"{name}: {doubt_of(candidates)}" for name, candidates in matches.doubtful.items()]


@dataclass(frozen=True, kw_only=True)
class RatedPictures:
    """The pictures of a set that are rated, with what is known of them."""

    incoming: IncomingPictures
    details: Mapping[str, ImageDetails]  # by path

    def __len__(self) -> int:
        """Count them."""
        return len(self.details)

    def __iter__(self) -> Iterator[Incoming]:
        """Give them one by one, each once."""
        for one in self.incoming:
            if one.path in self.details:
                yield replace(one, details=completed(self.details[one.path], one.details))


def rated_pictures(
    *, incoming: IncomingPictures, images: Mapping[str, ImageDetails], matches: Matches
) -> RatedPictures:
    """Choose the pictures that are rated; what the set tells of an image outranks what lies with its picture."""
    details: dict[str, ImageDetails] = {}
    for name, path in matches.found.items():
        details[path] = completed(details.get(path, NOTHING_KNOWN), images[name])
    return RatedPictures(incoming=incoming, details=details)


def refuse_mixed(matches: Matches) -> None:
    """Refuse a set in which names that are one name in the records mean several files."""
    paths: dict[str, str] = {}
    for name, path in matches.found.items():
        other = paths.setdefault(image_key(name), path)
        if other != path:
            raise FileRejectedError(
                f"{other!r} and {path!r} differ only in how their names are spelled, and both are rated; rename one."
            )


def refuse_unfound(matches: Matches, *, place: Path) -> None:
    """Refuse a set of which rated images have no file, or none for certain."""
    if matches.missing or matches.doubtful:
        unfound = [*matches.missing, *matches.doubtful]
        why = "".join(f"\n{line}" for line in doubts(matches)[:10])
        raise FileRejectedError(
            f"{len(unfound)} rated images have no file under {place}: {listed_names(unfound)}; add the files or name "
            f"their folder.{why}"
        )
