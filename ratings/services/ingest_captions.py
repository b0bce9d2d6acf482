"""Texts that lie beside pictures and describe them: `00001.txt` beside `00001.jpg`.

img2dataset writes so (FilesSampleWriter in rom1504/img2dataset, writer.py: .txt and .json), WebDataset unpacks so, and
trainers of diffusion models read so (kohya-ss/sd-scripts, library/train_util.py, read_caption: .caption or .txt).
"""

import json
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.exceptions import ImageRejectedError
from ratings.files.names import normal_name
from ratings.files.text_files import is_deep, without_strays
from ratings.sentences import staff_gettext
from ratings.services.ingest_lists import completed
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails, SourceFile, row_details

TEXTS = (".txt", ".caption")
FACTS = ".json"
LOCATING = "exif"  # of a camera's picture it may say where it was taken, as pictures themselves do no longer
NO_TEXT = staff_gettext_lazy("it describes the picture beside it, and is not UTF-8 text; save it as UTF-8")
NO_FACTS = staff_gettext_lazy("it describes the picture beside it, and is no flat JSON object; export it again")


@dataclass(kw_only=True)
class CaptionFiles:
    """What texts tell of the pictures beside them, by the pictures' names."""

    details: dict[str, ImageDetails] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)  # the texts that were used
    wrong: dict[str, str] = field(default_factory=dict)  # those that were not, with the reason


def read_captions(files: Sequence[SourceFile]) -> tuple[CaptionFiles, list[SourceFile]]:
    """Read the texts that lie beside exactly one picture of their name; give the files that are no such texts."""
    beside = pictures_beside(files)
    captions = CaptionFiles()
    for file in files:
        if file.name in beside:
            take_caption(file, picture=beside[file.name], captions=captions)
    used = set(captions.read)
    return captions, [file for file in files if file.name not in used]


def pictures_beside(files: Iterable[SourceFile]) -> Mapping[str, str]:
    """Find the picture that each text describes: the only other file of its name, but for the suffix."""
    named: dict[str, list[str]] = defaultdict(list)
    texts: list[tuple[str, str]] = []
    for file in files:
        stem, suffix = posixpath.splitext(normal_name(file.name))
        if suffix.lower() in {*TEXTS, FACTS}:
            texts.append((file.name, stem))
        else:
            named[stem].append(file.name)
    return {name: named[stem][0] for name, stem in texts if len(named.get(stem, ())) == 1}


def take_caption(file: SourceFile, *, picture: str, captions: CaptionFiles) -> None:
    """Read one text; the first to say something of a picture counts, and one that contradicts it is refused."""
    try:
        stated = caption_details(file)
    except ImageRejectedError as error:
        captions.wrong[file.name] = error.message
        return
    known = captions.details.get(picture, NOTHING_KNOWN)
    if completed(known, stated).prompt != completed(stated, known).prompt:
        captions.wrong[file.name] = staff_gettext(
            "it describes {picture} otherwise than the text beside it does; keep one of the two"
        ).format(picture=picture)
        return
    captions.details[picture] = completed(known, stated)
    captions.read.append(file.name)


def caption_details(file: SourceFile) -> ImageDetails:
    """Read what one text tells; raise `ImageRejectedError` with what is wrong with it."""
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImageRejectedError(str(NO_TEXT)) from error
    if not file.name.lower().endswith(FACTS):
        return ImageDetails(prompt=without_strays(text).strip())
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImageRejectedError(str(NO_FACTS)) from error
    if not isinstance(facts, dict) or is_deep(facts):
        raise ImageRejectedError(str(NO_FACTS))
    return row_details({name: value for name, value in facts.items() if name.lower() != LOCATING})
