"""Pictures with figures below them: what divides raters, and what one rater leans to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from annotate.admin.parts.plots import FILE_FORMATS
from annotate.admin.parts.thumbnails import image_url
from ratings.models import StudyImage
from scoring.models import ModelVersion


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One picture of a grid."""

    url: str
    picture: str
    words: str
    figure: str
    detail: str
    template: ClassVar[str] = "admin/cells/tile.html"


@dataclass(frozen=True, kw_only=True)
class ImageGrid:
    """Pictures under a heading, with links to their data."""

    title: str
    note: str
    tiles: list[Tile]
    links: Mapping[str, str]


def tiles(figures: Iterable[tuple[UUID, str, str]], *, study_id: int) -> list[Tile]:
    """Make tiles of a study's images, each with a figure and a detail; an image that is gone is left out."""
    rows = list(figures)
    entries = StudyImage.objects.filter(study=study_id, image__in=[image for image, _, _ in rows])
    shown = {entry.image_id: entry for entry in entries.select_related("image")}
    return [
        Tile(
            url=reverse("admin:ratings_image_change", args=[image]),
            picture=image_url(image=shown[image].image),
            words=shown[image].prompt or shown[image].name,
            figure=figure,
            detail=detail,
        )
        for image, figure, detail in rows
        if image in shown
    ]


def data_links(*, view: str, pk: object) -> dict[str, str]:
    """Give the addresses of a grid's data."""
    return {name.upper(): reverse(view, args=[pk, name]) for name in FILE_FORMATS}


def dividing_grid(*, version: ModelVersion, most: int = 10) -> ImageGrid:
    """Show the images on which raters differ most."""
    found = version.measured.dividing
    ends = gettext("{low} to {high}")
    figures = (
        (
            UUID(row.image),
            f"\N{PLUS-MINUS SIGN} {row.spread:.2f}",
            ends.format(low=f"{row.low:.1f}", high=f"{row.high:.1f}"),
        )
        for row in found[:most]
    )
    return ImageGrid(
        title=gettext("What divides raters most"),
        note=gettext(
            "Spread of the expected ratings over raters, on the study's scale, and where four fifths of them lie; "
            "how kind a rater is all over does not count."
        ),
        tiles=tiles(figures, study_id=version.study_id),
        links=data_links(view="admin:scoring_modelversion_dividing", pk=version.pk),
    )
