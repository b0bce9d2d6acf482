"""One rater's taste as pictures: what they like more than others do, and what less."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from annotate.admin.parts.base import ago, carry_out, progress_script, whole
from annotate.admin.parts.cards import Card
from annotate.admin.parts.image_grids import ImageGrid, data_links, tiles
from annotate.admin.parts.jobs import job_facts
from annotate.admin.parts.plots import Plot, Series, table_file
from annotate.admin.parts.signs import signed
from annotate.downloads import logged
from annotate.flows.tastes import refresh_taste_profile
from ratings.exceptions import RecordError
from ratings.models import Participation
from scoring.models import TasteProfile
from scoring.selectors.taste_profiles import newest_attempt, stored_profile, taste_profile_status

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

SHOWN = 10
STEPS = 13  # bars of the distribution
COLUMNS = ("image_id", "expected", "everybody", "leaning", "sd")


@dataclass(frozen=True, kw_only=True)
class ImageDifference:
    """How one rater is expected to rate an image, and all raters, on the study's scale."""

    image_id: str
    expected: float
    of_all: float
    difference: float  # without how much higher the rater rates on average
    sd: float  # of the expected rating


def differences_of(*, profile: TasteProfile) -> list[ImageDifference]:
    """Give the images of a profile, from those liked more than others do to those liked less."""
    return [
        ImageDifference(image_id=image, expected=expected, of_all=of_all, difference=difference, sd=sd)
        for image, expected, of_all, difference, sd in profile.images
    ]


def profile_cards(*, profile: TasteProfile, images: Sequence[ImageDifference]) -> list[Card]:
    """Give the figures at the top of the page."""
    furthest = max((abs(image.difference) for image in images), default=0.0)
    mean_difference = signed(profile.mean_difference, 1)
    return [
        Card(
            title=gettext("Learned from"),
            value=whole(profile.rating_count),
            detail=gettext("ratings, the test slice left out"),
        ),
        Card(
            title=gettext("Mean difference"),
            value=mean_difference,
            detail=gettext("how much higher than others this rater rates"),
        ),
        Card(
            title=gettext("Furthest from others"),
            value=f"{furthest:.1f}",
            detail=gettext("on the study's scale, less the mean"),
        ),
        Card(
            title=gettext("Model"),
            value=str(profile.model_version),
            detail=gettext("compared {images} images").format(images=whole(len(images))),
        ),
    ]


def difference_grid(
    *, title: str, note: str, images: Sequence[ImageDifference], links: dict[str, str], study_id: int
) -> ImageGrid:
    """Show images with the expected ratings of the rater and of all raters."""
    figures = (
        (
            UUID(image.image_id),
            signed(image.difference, 1),
            gettext("{expected} ± {sd}, others {of_all}").format(
                expected=f"{image.expected:.1f}", sd=f"{image.sd:.1f}", of_all=f"{image.of_all:.1f}"
            ),
        )
        for image in images
    )
    return ImageGrid(title=title, note=note, tiles=tiles(figures, study_id=study_id), links=links)


def profile_grids(
    *, images: Sequence[ImageDifference], participation: Participation, links: dict[str, str]
) -> list[ImageGrid]:
    """Give what the rater likes more and less than others do; an image is in one grid at most."""
    more = [image for image in images if image.difference > 0][:SHOWN]
    less = [image for image in reversed(images) if image.difference < 0][:SHOWN]
    return [
        difference_grid(
            title=gettext("Liked more than others do"),
            note=gettext("Expected rating less that of all raters, less the mean difference."),
            images=more,
            links=links,
            study_id=participation.study_id,
        ),
        difference_grid(
            title=gettext("Liked less than others do"),
            note=gettext("The other end of the same list."),
            images=less,
            links=links,
            study_id=participation.study_id,
        ),
    ]


def differences_plot(*, images: Sequence[ImageDifference], links: dict[str, str]) -> Plot:
    """Plot how far the rater is from others, over all images."""
    values = [image.difference for image in images]
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    counts = [0] * STEPS
    for value in values:
        counts[min(STEPS - 1, int((value / reach + 1) / 2 * STEPS))] += 1
    centres = [(2 * (place + 0.5) / STEPS - 1) * reach for place in range(STEPS)]
    plot = Plot(
        key="leanings",
        title=gettext("How far from others"),
        x_name=gettext("more than others, on the study's scale"),
        labels=[signed(centre, 1) for centre in centres],
        series=[Series(name=gettext("images"), values=counts)],
        note=gettext("A narrow hill is a taste like that of all raters."),
    )
    return replace(plot, links=links)


def profile_context(*, participation: Participation) -> dict[str, Any]:
    """Give what the page shows: the stored comparison with its age, and what has happened since."""
    status = taste_profile_status(participation=participation)
    context: dict[str, Any] = {"status": status, "profile": status.profile}
    if status.running is not None:
        url = reverse("admin:ratings_participation_taste_progress", args=[participation.pk])
        context |= {"facts": job_facts(job=status.running), "url": url}
    if status.profile is None:
        return context
    images = differences_of(profile=status.profile)
    links = data_links(view="admin:ratings_participation_taste_data", pk=participation.pk)
    return context | {
        "age": ago(status.profile.finished_at),
        "cards": profile_cards(profile=status.profile, images=images),
        "grids": profile_grids(images=images, participation=participation, links=links),
        "plots": [differences_plot(images=images, links=links)],
    }


def taste_page(
    model_admin: "ModelAdmin[Participation]", request: HttpRequest, participation: Participation
) -> HttpResponse:
    """Show what the rater likes more, and less, than others do; a POST has a worker compute it again."""
    if request.method == "POST":
        return carry_out(
            request=request,
            act=lambda: refresh_taste_profile(participation=participation, actor=cast("User", request.user)),
            done=gettext("A worker compares this taste with the others'."),
            errors=RecordError,
            url=reverse("admin:ratings_participation_taste", args=[participation.pk]),
        )
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Taste of {participation}").format(participation=participation),
        "opts": model_admin.opts,
        "original": participation,
        "participation": participation,
        "progress_script": progress_script(),
        **profile_context(participation=participation),
    }
    return TemplateResponse(request, "admin/scoring/taste.html", context)


def taste_progress(participation: Participation) -> JsonResponse:
    """Answer with how far the newest computation is."""
    newest = newest_attempt(participation=participation)
    if newest is None:
        raise Http404(gettext("This taste has not been asked for."))
    return JsonResponse(job_facts(job=newest))


def taste_file(request: HttpRequest, participation: Participation, *, file_format: str) -> HttpResponse:
    """Answer with what is stored of every image, and log that."""
    profile = stored_profile(participation=participation)
    if profile is None:
        raise Http404(gettext("This taste has not been computed yet: ask for it on its page."))
    answer = table_file(name="taste", names=list(COLUMNS), rows=profile.images, file_format=file_format)
    target = f"{participation.study.slug} participation {participation.pk}"  # which names nobody once they withdrew
    return logged(request=request, answer=answer, target=target, file=f"taste.{file_format}")
