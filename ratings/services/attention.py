"""Attention checks: pictures that ask for a given value, put among the others by the study's settings."""

from functools import partial
from io import BytesIO

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from ratings.choices import ScaleKind
from ratings.models import Study, StudyImage
from ratings.selectors.candidates import attention_checks
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_sources import ImageDetails, Incoming

SIDE = 768  # px, square like most pictures
PAPER, INK = (246, 244, 238), (32, 32, 36)
TITLE_SIZE, TEXT_SIZE = 34, 56  # px


def ensure_attention_checks(*, study: Study) -> list[StudyImage]:
    """Draw the study's attention checks, one for each end of its scale, unless it has some or wants none."""
    known = attention_checks(study_id=study.pk)
    if known or not study.attention_every:
        return known
    for value in (study.scale_min, study.scale_max):
        add_check(study=study, value=value)
    return attention_checks(study_id=study.pk)


def add_check(*, study: Study, value: float) -> None:
    """Put a picture that asks for a value into the study, set aside from those to be rated."""
    sentence = wanted_answer(study=study, value=value)
    check = Incoming(
        name=f"attention-check-{study.slug}-{value:g}.png",
        read=partial(drawn_sentence, title=study.title, sentence=sentence),
        details=ImageDetails(prompt=sentence, generator="attention check"),
    )
    report = ingest_pictures(incoming=[check], study=study)
    places = StudyImage.objects.filter(study=study, image__in=report.images.values())
    places.update(is_practice=True, attention_value=value)


def wanted_answer(*, study: Study, value: float) -> str:
    """Say which answer shows that somebody looks."""
    if study.scale_kind == ScaleKind.SLIDER:
        end = "left" if value == study.scale_min else "right"
        return f"Please move the slider all the way to the {end}."
    label = study.scale_labels.get(f"{value:g}", "")
    return f"Please choose {value:g}, {label}." if label else f"Please choose {value:g}."


def drawn_sentence(*, title: str, sentence: str) -> bytes:
    """Draw a sentence on a plain ground, as a PNG; the title makes the picture the study's own."""
    picture = Pillow.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(picture)
    words = "\n".join(wrapped(sentence, draw=draw, width=SIDE * 0.8))
    heading = ImageFont.load_default(TITLE_SIZE)
    draw.text((SIDE / 2, SIDE * 0.2), "This is not a picture to judge.", INK, heading, anchor="mm")
    draw.multiline_text(
        (SIDE / 2, SIDE / 2), words, INK, ImageFont.load_default(TEXT_SIZE), anchor="mm", align="center", spacing=16
    )
    draw.text((SIDE / 2, SIDE * 0.9), title[:40], INK, ImageFont.load_default(TITLE_SIZE // 2), anchor="mm")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def wrapped(sentence: str, *, draw: ImageDraw.ImageDraw, width: float) -> list[str]:
    """Break a sentence into lines that fit."""
    font = ImageFont.load_default(TEXT_SIZE)
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
