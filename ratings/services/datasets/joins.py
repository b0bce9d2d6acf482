"""Join the images and raters of a set with what lies beside its ratings: profiles, descriptions, pictures."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.names import Matches, doubt_of, listed_names, match_names
from ratings.sentences import staff_gettext
from ratings.services.datasets.keys import image_key
from ratings.services.datasets.rows import Companions
from ratings.services.ingest_files import IncomingPictures
from ratings.services.ingest_lists import Unmatched, completed
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails, Incoming


@dataclass(kw_only=True)
class JoinedDetails:
    """What is known of a set's raters and images, and what of it belongs to none of them."""

    people: dict[str, dict[str, Any]]
    images: dict[str, ImageDetails]  # by name
    files: dict[str, str] = field(default_factory=dict)  # that the table of images names for them
    unmatched: list[Unmatched] = field(default_factory=list)


def describe(
    *, raters: Mapping[str, dict[str, Any]], images: Mapping[str, ImageDetails], companions: Companions
) -> JoinedDetails:
    """Put what companions tell to the raters and images that were found in the ratings."""
    people = {name: companions.people.get(name) or own for name, own in raters.items()}
    found = JoinedDetails(people=people, images=dict(images))
    strangers = [name for name in companions.people if name not in raters]
    without = [name for name in raters if name not in companions.people] if companions.people else []
    found.unmatched += kinds(
        (staff_gettext("profiles without a rater"), strangers), (staff_gettext("raters without a profile"), without)
    )
    if companions.images is not None:
        rows = companions.images.rows
        matches = match_names(names=rows, files=images)
        for name, image in matches.found.items():
            found.images[image] = completed(found.images[image], rows[name])
            if name in companions.images.files:
                found.files[image] = companions.images.files[name]
        found.unmatched += kinds(
            (staff_gettext("details without a rated image"), list(matches.missing)),
            (staff_gettext("details that do not mean one rated image for certain"), doubts(matches)),
            (staff_gettext("rated images without details"), list(matches.unused)),
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
    """The pictures of a set that are rated; what lies with them is noted when they are given."""

    incoming: IncomingPictures
    paths: Collection[str]
    stated: dict[str, ImageDetails] = field(default_factory=dict)  # by path

    def __len__(self) -> int:
        """Count them."""
        return len(self.paths)

    def __iter__(self) -> Iterator[Incoming]:
        """Give them one by one."""
        for one in self.incoming:
            if one.path in self.paths:
                self.stated[one.path] = one.details
                yield one


def matches_of(*, incoming: IncomingPictures, images: Collection[str], files: Mapping[str, str]) -> Matches:
    """Find the picture of each rated image: by its name, or else by the file that the table of images names for it."""
    direct = incoming.meant_by(images)
    by_file = {name: files[name] for name in direct.missing if name in files}
    if not by_file:
        return direct
    spelled = {name: by_file.get(name, name) for name in images}
    found = incoming.meant_by(spelled.values())
    return Matches(
        found={name: found.found[other] for name, other in spelled.items() if other in found.found},
        doubtful={name: found.doubtful[other] for name, other in spelled.items() if other in found.doubtful},
        missing=tuple(name for name, other in spelled.items() if other in found.missing),
        unused=found.unused,
        elsewhere={name: found.elsewhere[other] for name, other in spelled.items() if other in found.elsewhere},
    )


def refuse_mixed(matches: Matches) -> None:
    """Refuse a set in which names that are one name in the records mean several files."""
    paths: dict[str, str] = {}
    for name, path in matches.found.items():
        other = paths.setdefault(image_key(name), path)
        if other != path:
            raise FileRejectedError(
                staff_gettext(
                    "{other} and {path} differ only in how their names are spelled, and both are rated; rename one."
                ).format(other=f"{other!r}", path=f"{path!r}")
            )


def recased(matches: Matches) -> dict[str, str]:
    """Give the unused file whose name differs from a missing one's in capital letters alone."""
    unused = {PurePath(path).name.casefold(): path for path in matches.unused}
    cased = {name: unused.get(PurePath(name).name.casefold()) for name in matches.missing}
    return {name: path for name, path in cased.items() if path is not None}


def refuse_unfound(matches: Matches, *, place: Path) -> None:
    """Refuse a set of which rated images have no file, or none for certain."""
    if matches.missing or matches.doubtful:
        unfound = [*matches.missing, *matches.doubtful]
        others = [
            staff_gettext("{name}: {file} lies in another folder").format(name=name, file=f"{file!r}")
            for name, file in matches.elsewhere.items()
        ]
        others += [
            staff_gettext("{name}: {file} is there, with other capital letters").format(name=name, file=f"{file!r}")
            for name, file in recased(matches).items()
        ]
        why = "".join(f"\n{line}" for line in [*doubts(matches), *others][:10])
        raise FileRejectedError(
            staff_gettext(
                "{unfound} rated images have no file under {place}: {listed_names}; add the files or name "
                "their folder.{why}"
            ).format(unfound=len(unfound), place=place, listed_names=listed_names(unfound), why=why)
        )
