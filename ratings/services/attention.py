"""Attention checks have a place in the study like pictures; raters see a sentence, never the picture that holds it."""

from functools import partial
from io import BytesIO

from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from ratings.models import Study, StudyImage
from ratings.selectors.candidates import attention_checks
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_sources import ImageDetails, Incoming

SIDE = 768  # px, square like most pictures
PAPER = (246, 244, 238)


def ensure_attention_checks(*, study: Study) -> list[StudyImage]:
    """Make the study's attention checks, one for each end of its scale, unless it has some or wants none."""
    known = attention_checks(study_id=study.pk)
    if known or not study.attention_every:
        return known
    for value in (study.scale_min, study.scale_max):
        add_check(study=study, value=value)
    return attention_checks(study_id=study.pk)


def add_check(*, study: Study, value: float) -> None:
    """Put a check that asks for a value into the study, set aside from the pictures to be rated."""
    check = Incoming(
        name=f"attention-check-{study.slug}-{value:g}.png",
        read=partial(blank_picture, mark=f"attention check of {study.slug}: {value:g}"),
        details=ImageDetails(prompt=f"Attention check: {value:g}", generator="attention check"),
    )
    report = ingest_pictures(incoming=[check], study=study)
    places = StudyImage.objects.filter(study=study, image__in=report.images.values())
    places.update(is_practice=True, attention_value=value)


def blank_picture(*, mark: str) -> bytes:
    """Make an empty picture whose file is unique: its mark is part of it."""
    facts = PngInfo()
    facts.add_text("Comment", mark)
    out = BytesIO()
    Pillow.new("RGB", (SIDE, SIDE), PAPER).save(out, "PNG", pnginfo=facts)
    return out.getvalue()
