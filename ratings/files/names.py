"""Tell which file a name means: exactly, or by a bare name that one file alone has; never by guess.

Lists, exports and browsers spell one file in many ways. `match_names` compares a whole set of names with a whole set
of files, because whether a bare name is certain depends on both: another file may be called so, and another name may
mean that very file.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from urllib.parse import urlsplit

from ratings.files.addresses import address_parts, is_address, is_quoted, unquoted
from ratings.sentences import staff_gettext

SHOWN = 10  # names in a message
UPLOAD_MARK = re.compile(r"^[0-9a-f]{8}-(?=.)")  # what Label Studio puts before an uploaded file's name
UPLOADED = re.compile(r"(?:^|/)upload/\d+$")  # the folder of such files
UNUSUAL = re.compile(r"\\|//|(?:^|/)\.{1,2}(?:/|$)|^[/\s]|[/\s]$")  # what a normal name has nowhere
STRAYS = re.compile("[\udc80-\udcff]+")  # bytes of a name that are no UTF-8, as the file system gives them
LOST = re.compile("[\x00\ud800-\udc7f\udd00-\udfff]")  # what no database holds, nor any file system


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What a set of names means among a set of files; every name and every file is in exactly one place."""

    found: Mapping[str, str]  # file by name
    doubtful: Mapping[str, tuple[str, ...]]  # the files that a name could mean, none of them for certain
    missing: tuple[str, ...]  # names that no file answers to
    unused: tuple[str, ...]  # files that no name means
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # of missing names: a file so called in another folder


def normal_name(name: str) -> str:
    r"""Give the normal form of a name or path: composed letters (NFC), `/` for `\`, without `.`, `..` and doubled `/`.

    Only a path that leads out of its folder begins with `..` afterwards.
    """
    text = name if name.isascii() else unicodedata.normalize("NFC", name)
    if not UNUSUAL.search(text):
        return text
    parts: list[str] = []
    for part in text.strip().replace("\\", "/").split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    plain = "/".join(parts)
    return plain if plain == text else normal_name(plain)


@lru_cache(maxsize=65_536)
def decoded_name(name: str) -> str:
    """Give the normal form with percent signs decoded; of an address host and path, without what only signs it."""
    text = name.strip()
    if not is_address(text):
        return normal_name(unquoted(text))
    path, query = address_parts(text)
    return normal_name(unquoted(path)) + (f"?{query}" if query else "")


def own_name(name: str) -> str:
    """Give what tells a name from every other: decoded, but for keys of a bucket, where `%20` is not a blank."""
    text = name.strip()
    return decoded_name(name) if is_quoted(text) else normal_name("/".join(address_parts(text)))


def storable_name(name: str) -> str:
    """Give the normal form as a database can hold it; bytes that are no UTF-8 become percent signs."""
    return storable(normal_name(name))


def storable(text: str) -> str:
    """Give a text as a database can hold it; bytes that are no UTF-8 become percent signs."""
    return LOST.sub("", STRAYS.sub(percent_bytes, text))


def has_lost(name: str) -> bool:
    """Tell whether a name holds characters that no file's name has."""
    return bool(LOST.search(name))


def percent_bytes(strays: re.Match[str]) -> str:
    """Write the bytes behind surrogates with percent signs."""
    return "".join(f"%{byte:02X}" for byte in strays[0].encode(errors="surrogateescape"))


def name_below(name: str, *, folder: str) -> str | None:
    """Give a name as seen from its folder, in normal form; None of one that climbs out of it."""
    plain = normal_name(name)
    if not plain.startswith("../"):
        return plain
    whole, below = normal_name(f"{folder}/{name}"), f"{normal_name(folder)}/"
    return whole.removeprefix(below) if whole.startswith(below) else None


def bare_name(name: str) -> str:
    """Give the last part of a normal name."""
    return name.rsplit("/", 1)[-1]


def unmarked_name(name: str) -> str:
    """Give a bare name without the number that an upload put before it."""
    return UPLOAD_MARK.sub("", bare_name(name))


def stem(name: str) -> str:
    """Give the last part of a normal name without its suffix."""
    bare = bare_name(name)
    return bare.rsplit(".", 1)[0] if "." in bare.strip(".") else bare


Labels = Callable[[str], Iterable[str]]
Roots = Callable[[str], Collection[str]]  # by name: folders of files that say nothing of where the name puts its own


def no_roots(name: str) -> Collection[str]:  # noqa: ARG001 - every rule asks so
    """Give nothing: every folder counts."""
    return ()


def match_names(
    *, names: Iterable[str], files: Iterable[str], called: Sequence[Labels] = (), roots: Roots = no_roots
) -> Matches:
    """Find the file that each name means.

    A name is exact if it equals a file's path as it stands, in normal form, or decoded, or else what the file is also
    `called`: such as its path from another folder, or its number. Any other name means a file only if that file alone
    shares the end of its path, else its bare name, also without the mark of an upload or without the suffix; and only
    if no other name means that file as surely. A name that puts its file into another folder does not mean it; which
    folders a name may well leave out or call otherwise, `roots` says.
    """
    wanted = list(dict.fromkeys(names))
    there = list(dict.fromkeys(files))
    found, doubtful = exact_matches(wanted, files=there, called=called)
    elsewhere: dict[str, str] = {}
    for file_labels, name_labels in LOOSE:
        open_names = [name for name in wanted if name not in found and name not in doubtful and name not in elsewhere]
        if not open_names:
            break
        sure, unsure = loose_matches(open_names, listed=index(there, file_labels), labels=name_labels, found=found)
        strange = {name: file for name, file in sure.items() if is_elsewhere(name, file, roots=roots(name))}
        elsewhere |= strange
        found |= {name: file for name, file in sure.items() if name not in strange}
        doubtful |= unsure
    meant = set(found.values())
    return Matches(
        found=found,
        doubtful=doubtful,
        missing=tuple(name for name in wanted if name not in found and name not in doubtful),
        unused=tuple(file for file in there if file not in meant),
        elsewhere=elsewhere,
    )


def exact_matches(
    names: Sequence[str], *, files: Sequence[str], called: Sequence[Labels]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Match names that equal a file's; several files that differ in nothing but their spelling are all doubtful."""
    present = set(files)
    found = {name: name for name in names if name in present}
    doubtful: dict[str, tuple[str, ...]] = {}
    for labels, form in [(labels, form) for labels in (itself, *called) for form in (str, normal_name, decoded_name)]:
        open_names = [name for name in names if name not in found and name not in doubtful]
        if not open_names:
            break
        listed = index(files, formed(labels, form))
        for name in open_names:
            candidates = listed.get(form(name), [])
            if len(candidates) == 1:
                found[name] = candidates[0]
            elif candidates:
                doubtful[name] = tuple(sorted(candidates))
    return found, doubtful


def itself(name: str) -> list[str]:
    """Give the name."""
    return [name]


def formed(labels: Labels, form: Callable[[str], str]) -> Labels:
    """Bring labels into a form; no file has one twice."""
    return lambda name: dict.fromkeys(form(label) for label in labels(name))


def seen_from(*folders: str) -> Labels:
    """Call files by their paths from these folders."""
    return lambda file: [file.removeprefix(f"{folder}/") for folder in folders if file.startswith(f"{folder}/")]


def loose_matches(
    names: Sequence[str], *, listed: Mapping[str, list[str]], labels: Labels, found: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Match names to files that share a label with them; what several files or several names share is doubtful."""
    claimed = set(found.values())
    sharing: dict[str, list[str]] = defaultdict(list)  # names by the one file that they could mean
    doubtful: dict[str, tuple[str, ...]] = {}
    for name in names:
        candidates = next((listed[label] for label in labels(name) if label in listed), [])
        if len(candidates) > 1 or claimed.intersection(candidates):
            doubtful[name] = tuple(sorted(candidates))
        elif candidates:
            sharing[candidates[0]].append(name)
    sure: dict[str, str] = {}
    for file, rivals in sharing.items():
        if len({own_name(name) for name in rivals}) == 1:
            sure |= dict.fromkeys(rivals, file)
        else:
            doubtful |= dict.fromkeys(rivals, (file,))
    return sure, doubtful


def is_elsewhere(name: str, file: str, *, roots: Collection[str]) -> bool:
    """Tell whether a name and a file of the same bare name lie in two folders."""
    if not folder_of(name) or tails_shared(name, file):
        return False
    return "/" in file and all("/" in file.removeprefix(f"{root}/") for root in roots)


def folder_of(name: str) -> str:
    """Give the folder that a name puts its file into; hosts, buckets and the numbered folders of uploads are none."""
    folder = path_of(name).rpartition("/")[0]
    if "://" in name:
        folder = f"{folder}/".removeprefix(f"{host_of(name)}/").rstrip("/")
    return "" if UPLOADED.search(folder) else folder


def host_of(address: str) -> str:
    """Give the host or bucket of an address."""
    try:
        return urlsplit(address.strip()).netloc
    except ValueError:  # no address after all
        return ""


def tails_shared(name: str, file: str) -> bool:
    """Tell whether two paths end in the same folder and file, perhaps without its suffix."""
    return bool({*tails(file), *stem_tails(file)}.intersection(tails(name)))


@lru_cache(maxsize=65_536)
def path_of(name: str) -> str:
    """Give the decoded name; of an address without any query."""
    text = name.strip()
    return normal_name(unquoted(address_parts(text)[0])) if is_address(text) else decoded_name(name)


def tails(name: str) -> list[str]:
    """Give the ends of a path, from the whole of it down to one folder and the bare name."""
    parts = path_of(name).split("/")
    return ["/".join(parts[start:]) for start in range(len(parts) - 1)]


def stem_tails(name: str) -> list[str]:
    """Give the ends of a path, without the suffix of the file."""
    return [end.removesuffix(bare_name(end)) + stem(end) for end in tails(name)]


def bare_label(name: str) -> list[str]:
    """Give the bare name."""
    return [bare_name(path_of(name))]


def unmarked_label(name: str) -> list[str]:
    """Give the bare name without the mark of an upload."""
    return [unmarked_name(path_of(name))]


def stem_label(name: str) -> list[str]:
    """Give the bare name without its suffix."""
    return [stem(path_of(name))]


# How a name that is not exact may mean a file, from the most to the least certain: the labels of a file, and those of
# a name. A mark is never taken from both: two uploads of one name are two files.
LOOSE: tuple[tuple[Labels, Labels], ...] = (
    (tails, tails),
    (bare_label, bare_label),
    (bare_label, unmarked_label),
    (unmarked_label, bare_label),
    (stem_tails, tails),
    (stem_label, bare_label),
)


def index(files: Iterable[str], labels: Labels) -> dict[str, list[str]]:
    """List files by their labels."""
    listed: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for label in labels(file):
            listed[label].append(file)
    return dict(listed)


def short_names(names: Iterable[str], *, taken: Collection[str] = ()) -> dict[str, str]:
    """Name addresses and paths shortly: by the bare name, or as much of the path as tells each from all others.

    The mark of an upload goes where the name is then still the only one. No name that is `taken` is given again. Names
    that spell one address get one.
    """
    wanted = list(dict.fromkeys(names))
    forms: dict[str, list[str]] = {}
    for name in wanted:
        forms.setdefault(own_name(name), short_forms(name))
    chosen = dict.fromkeys(forms, 0)
    while longer := [whole for whole in crowded(forms, chosen, taken) if chosen[whole] + 1 < len(forms[whole])]:
        for whole in longer:
            chosen[whole] += 1
    stuck = set(crowded(forms, chosen, taken))
    given = {whole: forms[whole][at] for whole, at in chosen.items() if whole not in stuck}
    for whole in sorted(stuck):
        given[whole] = numbered(forms[whole][-1], taken={*taken, *given.values()})
    return {name: given[own_name(name)] for name in wanted}


def crowded(forms: Mapping[str, list[str]], chosen: Mapping[str, int], taken: Collection[str]) -> list[str]:
    """List those whose chosen form somebody else has."""
    users: dict[str, list[str]] = defaultdict(list)
    for whole, at in chosen.items():
        users[forms[whole][at]].append(whole)
    return [whole for form, rivals in users.items() if len(rivals) > 1 or form in taken for whole in rivals]


def numbered(name: str, *, taken: Collection[str]) -> str:
    """Tell a name from those taken by a number after it."""
    return next(other for number in count(2) if (other := f"{name} #{number}") not in taken)


def short_forms(name: str) -> list[str]:
    """List what a name may be called, the shortest first and the whole name last."""
    path = path_of(name)
    parts = path.split("/")
    paths = ["/".join(parts[start:]) for start in range(len(parts) - 1, -1, -1)]
    return list(dict.fromkeys([unmarked_name(path), *paths, decoded_name(name), own_name(name)]))


def doubt_of(candidates: Sequence[str]) -> str:
    """Say why a name does not mean one of the files that it could mean."""
    if len(candidates) == 1:
        return staff_gettext("only {name} is called so, which another name means as well; write the whole path").format(
            name=f"{candidates[0]!r}"
        )
    return staff_gettext("it could mean {names}; write the whole path").format(
        names=listed_names(candidates, last=staff_gettext(" or "))
    )


def listed_names(names: Sequence[str], *, shown: int = SHOWN, last: str = ", ") -> str:
    """List names in a sentence: the first ten, and how many more there are."""
    texts = list(map(repr, names[:shown]))
    if len(names) > shown:
        return staff_gettext("{names} and {count} more").format(names=", ".join(texts), count=f"{len(names) - shown:,}")
    return last.join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
