"""One rater's taste as pictures: what they like more than others do, and what less."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from annotate.admin.parts.cards import Card
from annotate.admin.parts.image_grids import Wall, data_links, signed, tiles
from annotate.admin.parts.plots import Plot, Series, table_file
from ratings.models import Participation
from scoring.exceptions import ModelUnreadableError
from scoring.selectors.versions import live_version

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    from scoring.pipeline.serving.taste_profiles import Leaning, Portrait

SHOWN = 10
STEPS = 13  # bars of the distribution


def drawn_portrait(*, participation: Participation) -> "Portrait | None":
    """Ask the live model for a rater's portrait."""
    version = live_version(study_id=participation.study_id)
    if version is None:
        return None
    from scoring.pipeline.serving import taste_profiles  # NumPy and the model, which other pages do not need

    return taste_profiles.portrait_of(participation, version)


def portrait_cards(*, portrait: "Portrait") -> list[Card]:
    """Give the figures at the top of the page."""
    furthest = max((abs(leaning.leaning) for leaning in portrait.leanings), default=0.0)
    return [
        Card(title="Learned from", value=str(portrait.rating_count), detail="ratings, the test slice left out"),
        Card(title="Kindness", value=signed(portrait.kindness), detail="how much higher than others this rater rates"),
        Card(title="Furthest from others", value=f"{furthest:.1f}", detail="on the study's scale, kindness set aside"),
        Card(title="Model", value=str(portrait.version), detail=f"looked at {len(portrait.leanings)} images"),
    ]


def leaning_wall(*, title: str, note: str, leanings: "list[Leaning]", links: dict[str, str], study_id: int) -> Wall:
    """Show images with what the rater and others are expected to say."""
    figures = (
        (
            leaning.image_id,
            signed(leaning.leaning),
            f"{leaning.expected:.1f} \N{PLUS-MINUS SIGN} {leaning.sd:.1f}, others {leaning.everybody:.1f}",
        )
        for leaning in leanings
    )
    return Wall(title=title, note=note, tiles=tiles(figures, study_id=study_id), links=links)


def portrait_walls(*, portrait: "Portrait", participation: Participation) -> list[Wall]:
    """Give what the rater likes more and less than others do; an image is on one wall at most."""
    more = [leaning for leaning in portrait.leanings if leaning.leaning > 0][:SHOWN]
    less = [leaning for leaning in reversed(portrait.leanings) if leaning.leaning < 0][:SHOWN]
    links = data_links(view="admin:ratings_participation_taste_data", pk=participation.pk)
    return [
        leaning_wall(
            title="Liked more than others do",
            note="Expected rating less everybody's, kindness set aside.",
            leanings=more,
            links=links,
            study_id=participation.study_id,
        ),
        leaning_wall(
            title="Liked less than others do",
            note="The other end of the same list.",
            leanings=less,
            links=links,
            study_id=participation.study_id,
        ),
    ]


def leanings_plot(*, portrait: "Portrait", links: dict[str, str]) -> Plot:
    """Plot how far the rater is from others, over all images."""
    values = [leaning.leaning for leaning in portrait.leanings]
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    counts = [0] * STEPS
    for value in values:
        counts[min(STEPS - 1, int((value / reach + 1) / 2 * STEPS))] += 1
    centres = [(2 * (place + 0.5) / STEPS - 1) * reach for place in range(STEPS)]
    plot = Plot(
        key="leanings",
        title="How far from others",
        x_name="more than others, on the study's scale",
        labels=[signed(centre) for centre in centres],
        series=[Series(name="images", values=counts)],
        note="A narrow hill is a taste like everybody's.",
    )
    return replace(plot, links=links)


def taste_page(
    model_admin: "ModelAdmin[Participation]", request: HttpRequest, participation: Participation
) -> HttpResponse:
    """Show what the rater likes more, and less, than others do."""
    portrait = shown_portrait(request, participation)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": f"Taste of {participation}",
        "opts": model_admin.opts,
        "original": participation,
        "participation": participation,
        "portrait": portrait,
    }
    if portrait is not None:
        links = data_links(view="admin:ratings_participation_taste_data", pk=participation.pk)
        context |= {
            "cards": portrait_cards(portrait=portrait),
            "walls": portrait_walls(portrait=portrait, participation=participation),
            "plots": [leanings_plot(portrait=portrait, links=links)],
        }
    return TemplateResponse(request, "admin/scoring/taste.html", context)


def taste_file(request: HttpRequest, participation: Participation, *, file_format: str) -> HttpResponse:
    """Answer with what is expected of every image."""
    portrait = shown_portrait(request, participation)
    if portrait is None:
        raise Http404("Nothing has been learned of this rater yet.")
    names = ["image_id", "expected", "everybody", "leaning", "sd"]
    rows = [[asdict(leaning)[name] for name in names] for leaning in portrait.leanings]
    return table_file(name="taste", names=names, rows=rows, file_format=file_format)


def shown_portrait(request: HttpRequest, participation: Participation) -> "Portrait | None":
    """Give a rater's portrait; where the model cannot be read, the page says so."""
    try:
        return drawn_portrait(participation=participation)
    except ModelUnreadableError as error:
        messages.error(request, error.message)
        return None
