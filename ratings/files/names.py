"""Tell which file a name means: exactly, or by a bare name that one file alone has; never by guess.

Lists, exports and browsers spell one file in many ways. `match_names` compares a whole set of names with a whole set
of files, because whether a bare name is certain depends on both: another file may be called so, and another name may
mean that very file.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

SHOWN = 10  # names in a message
LOCAL_FILES = "/data/local-files/?d="  # Label Studio's address of a file on its own disk
UPLOAD_MARK = re.compile(r"^[0-9a-f]{8}-(?=.)")  # what Label Studio puts before an uploaded file's name
SIGNATURES = re.compile(
    r"^(x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy|sig|se|sp|sv|sr|st|spr"
    r"|ske|skoid|sks|skt|sktid|skv|token)$",
    re.IGNORECASE,
)  # parameters that S3, Google Cloud Storage, CloudFront and Azure sign an address with


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What a set of names means among a set of files; every name and every file is in exactly one place."""

    found: Mapping[str, str]  # file by name
    doubtful: Mapping[str, tuple[str, ...]]  # the files that a name could mean, none of them for certain
    missing: tuple[str, ...]  # names that no file answers to
    unused: tuple[str, ...]  # files that no name means


def normal_name(name: str) -> str:
    r"""Give the normal form of a name or path: composed letters (NFC), `/` for `\`, without `./` and doubled `/`."""
    path = unicodedata.normalize("NFC", name.strip()).replace("\\", "/")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return "/".join(parts)


@lru_cache(maxsize=4096)
def decoded_name(name: str) -> str:
    """Give the normal form with percent signs decoded; of an address host and path, without what only signs it."""
    text = name.strip()
    if text.startswith(LOCAL_FILES):
        return normal_name(unquote(text.removeprefix(LOCAL_FILES)))
    if "://" not in text:
        return normal_name(unquote(text))
    try:
        address = urlsplit(text)
    except ValueError:  # no address after all, such as one with half of an IPv6 host
        return normal_name(unquote(text))
    kept = [pair for pair in parse_qsl(address.query, keep_blank_values=True) if not SIGNATURES.match(pair[0])]
    query = f"?{urlencode(kept)}" if kept else ""
    return normal_name(f"{address.netloc}/{unquote(address.path)}") + query


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


def match_names(*, names: Iterable[str], files: Iterable[str]) -> Matches:
    """Find the file that each name means.

    A name is exact if it equals a file's name as it stands, in normal form, or decoded. Any other name means a file
    only if that file alone shares the end of its path, else its bare name, also without the mark of an upload or
    without the suffix; and only if no other name means that file as surely.
    """
    wanted = list(dict.fromkeys(names))
    there = list(dict.fromkeys(files))
    found, doubtful = exact_matches(wanted, there)
    for file_labels, name_labels in LOOSE:
        open_names = [name for name in wanted if name not in found and name not in doubtful]
        if not open_names:
            break
        sure, unsure = loose_matches(open_names, listed=index(there, file_labels), labels=name_labels, found=found)
        found |= sure
        doubtful |= unsure
    meant = set(found.values())
    return Matches(
        found=found,
        doubtful=doubtful,
        missing=tuple(name for name in wanted if name not in found and name not in doubtful),
        unused=tuple(file for file in there if file not in meant),
    )


Labels = Callable[[str], Iterable[str]]


def exact_matches(names: Sequence[str], files: Sequence[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Match names that equal a file's; several files that differ in nothing but their spelling are all doubtful."""
    found: dict[str, str] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    present = set(files)
    by_normal, by_decoded = index(files, one(normal_name)), index(files, one(decoded_name))
    for name in names:
        if name in present:
            found[name] = name
            continue
        candidates = by_normal.get(normal_name(name)) or by_decoded.get(decoded_name(name)) or []
        if len(candidates) == 1:
            found[name] = candidates[0]
        elif candidates:
            doubtful[name] = tuple(sorted(candidates))
    return found, doubtful


def one(label: Callable[[str], str]) -> Labels:
    """Make an index's labels of a function that gives one."""
    return lambda name: (label(name),)


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
        if len({decoded_name(name) for name in rivals}) == 1:
            sure |= dict.fromkeys(rivals, file)
        else:
            doubtful |= dict.fromkeys(rivals, (file,))
    return sure, doubtful


def path_of(name: str) -> str:
    """Give the decoded name; of an address without any query."""
    return decoded_name(name.split("?", 1)[0] if "://" in name else name)


def tails(name: str) -> list[str]:
    """Give the ends of a path, from the whole of it down to one folder and the bare name."""
    parts = path_of(name).split("/")
    return ["/".join(parts[start:]) for start in range(len(parts) - 1)]


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
    (stem_label, bare_label),
)


def index(files: Iterable[str], labels: Labels) -> dict[str, list[str]]:
    """List files by their labels."""
    listed: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for label in labels(file):
            listed[label].append(file)
    return dict(listed)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Name addresses and paths shortly: by the bare name, or as much of the path as tells each from all others.

    The mark of an upload goes where the name is then still the only one. Names that are equal once decoded get one.
    """
    wanted = list(dict.fromkeys(names))
    forms = {decoded_name(name): short_forms(name) for name in wanted}
    chosen = dict.fromkeys(forms, 0)
    while True:
        users: dict[str, list[str]] = defaultdict(list)
        for whole, at in chosen.items():
            users[forms[whole][at]].append(whole)
        crowded = [whole for rivals in users.values() if len(rivals) > 1 for whole in rivals]
        longer = [whole for whole in crowded if chosen[whole] + 1 < len(forms[whole])]
        if not longer:
            return {name: forms[decoded_name(name)][chosen[decoded_name(name)]] for name in wanted}
        for whole in longer:
            chosen[whole] += 1


def short_forms(name: str) -> list[str]:
    """List what a name may be called, the shortest first and the whole decoded name last."""
    path = path_of(name)
    parts = path.split("/")
    paths = ["/".join(parts[start:]) for start in range(len(parts) - 1, -1, -1)]
    return list(dict.fromkeys([unmarked_name(path), *paths, decoded_name(name)]))


def listed_names(names: Sequence[str], *, shown: int = SHOWN) -> str:
    """List names in a sentence: the first ten, and how many more there are."""
    text = ", ".join(map(repr, names[:shown]))
    return f"{text} and {len(names) - shown:,} more" if len(names) > shown else text
