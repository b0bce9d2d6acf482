"""All about one rater on one page: parts in studies, flags, use of the scale, times, repeats, taste, answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, cast

from django.contrib.auth.models import User
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from annotate.admin.collect.quality_flags import FLAG_PILLS, MOVES
from annotate.admin.collect.tastes import profile_context
from annotate.admin.parts.base import Pill, at, whole
from annotate.admin.parts.filtered_lists import OPINIONS, answers_list, filtered_list
from annotate.admin.parts.image_grids import Tile, tiles
from annotate.admin.parts.outlook_tables import rater_outlook_table
from annotate.admin.parts.plots import Plot, Series
from annotate.admin.parts.signs import DASH
from annotate.admin.parts.tables import FigureTable, Linked
from annotate.admin.parts.thumbnails import image_url
from annotate.flows.access import limits_of
from ratings.choices import AssignmentKind, FlagState
from ratings.models import Choice, Participation, QualityFlag, Rater, Rating
from ratings.registry import design_of
from ratings.selectors.overview import rating_bins
from ratings.selectors.rater_answers import (
    parts_to_judge,
    pictures_of,
    repeated_answers,
    seconds_counts,
    standing_answers,
)
from ratings.values.rater_figures import RaterFigures
from scoring.selectors.outlooks import rater_outlook

OUTLOOK = "outlook__model_version"  # read with the parts, not by a query of its own
ANSWERS_A_PAGE = 48
TIME_EDGES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
PARTS = (
    gettext_lazy("Study"),
    gettext_lazy("State"),
    gettext_lazy("Answers"),
    gettext_lazy("Of"),
    gettext_lazy("Checks passed"),
    gettext_lazy("Flags to decide"),
    gettext_lazy("Joined"),
    gettext_lazy("Completed"),
)
REPEATS = (
    gettext_lazy("Picture"),
    "",
    gettext_lazy("First"),
    gettext_lazy("Again"),
    gettext_lazy("Difference"),
    gettext_lazy("Positions between"),
)


@dataclass(frozen=True, kw_only=True)
class FlagLine:
    """A flag with what may be decided on it now."""

    flag: QualityFlag
    pill: str
    decided: str
    moves: list[tuple[str, str]]  # words and address


@dataclass(frozen=True, kw_only=True)
class ComparedPictures:
    """The pictures that a choice was made among, as they stood."""

    pictures: list[tuple[str, str]]  # address and condition
    template: ClassVar[str] = "admin/cells/pictures.html"


def rater_context(*, request: HttpRequest, rater: Rater) -> dict[str, Any]:
    """Give what the page about a rater shows, of the part in a study that the address names or the newest."""
    user = cast("User", request.user)
    limits = limits_of(person=user, right="ratings.view_rater")
    parts = [part for part in parts_to_judge(rater=rater, related=[OUTLOOK]) if limits is None or part.study in limits]
    asked = request.GET.get("part")
    part = next((one for one in parts if str(one.pk) == asked), parts[0] if parts else None)
    if part is None:
        return {"parts": None}
    page = Paginator(standing_answers(participation=part), ANSWERS_A_PAGE).get_page(request.GET.get("page"))
    may_see_taste = user.has_perms(("ratings.view_participation", "scoring.view_modelversion"))
    taste = profile_context(participation=part) if may_see_taste else {}
    return {
        "parts": parts_table(parts, shown=part),
        "part": part,
        "flags": [flag_line(flag, user=user) for flag in part.flags.all()],
        "figures": part.quality.figures if hasattr(part, "quality") else None,
        "plots": [*scale_plots(part), times_plot(part), *taste.get("plots", [])],
        "tables": [*outlook_tables(part, is_shown=may_see_taste), *repeats_tables(part), *choice_tables(page)],
        "answers": rating_tiles(page),
        "page": page,
        "grids": taste.get("grids", []),
        "taste_url": reverse("admin:ratings_participation_taste", args=[part.pk]) if may_see_taste else "",
    }


def outlook_tables(part: Participation, *, is_shown: bool) -> list[FigureTable[str]]:
    """Give what more ratings of the rater would bring, where a training could say."""
    found = rater_outlook(participation=part) if is_shown else None
    return [rater_outlook_table(found)] if found is not None else []


def parts_table(parts: Sequence[Participation], *, shown: Participation) -> FigureTable[str | Linked | Pill]:
    """List the rater's parts; each leads to itself on this page."""
    rows = [(Linked(part.study.title, f"?part={part.pk}"), part_cells(part)) for part in parts]
    note = gettext("Below: {title}.").format(title=shown.study.title) if len(parts) > 1 else ""
    return FigureTable(title=gettext("Studies"), note=note, columns=PARTS, rows=rows)


def part_cells(part: Participation) -> list[str | Linked | Pill]:
    """Describe a part, with links to what its counts are of."""
    measured = part.quality.measured if hasattr(part, "quality") else RaterFigures()
    asked = measured.checks
    undecided = sum(flag.state == FlagState.RAISED for flag in part.flags.all())
    checks = answers_list(participation=part, assignment__kind__exact=AssignmentKind.ATTENTION, standing="stands")
    flags = filtered_list("ratings_qualityflag", q=part.rater_id, state__exact=FlagState.RAISED)
    return [
        part.get_state_display(),
        Linked(whole(part.done), answers_list(participation=part, **OPINIONS)),
        gettext("{quota}, stopped: known well enough").format(quota=whole(part.quota))
        if part.stopped_at
        else whole(part.quota),
        Linked(f"{measured.checks_passed}/{asked}", checks) if asked else DASH,
        Linked(whole(undecided), flags),
        at(part.created_at),
        at(part.completed_at),
    ]


def flag_line(flag: QualityFlag, *, user: User) -> FlagLine:
    """Describe a flag, with the decisions that it allows for those who may decide."""
    moves = sorted(MOVES[FlagState(flag.state)]) if user.has_perm("ratings.change_qualityflag") else []
    words = {"confirm": gettext("Confirm"), "dismiss": gettext("Dismiss"), "reopen": gettext("Decide again")}
    addresses = {move: reverse(f"admin:ratings_qualityflag_{move}", args=[flag.pk]) for move in moves}
    decided = f"{flag.decided_by or gettext('somebody who left')}, {at(flag.decided_at)}" if flag.decided_at else ""
    return FlagLine(
        flag=flag,
        pill=FLAG_PILLS[flag.state],
        decided=decided,
        moves=[(words[move], f"{addresses[move]}?back=rater") for move in moves],
    )


def scale_plots(part: Participation) -> list[Plot]:
    """Plot how the rater uses the scale beside the others, where there is one."""
    if not design_of(part.study).family.is_on_scale:
        return []
    own, everybody = rating_bins(study=part.study, participation=part), rating_bins(study=part.study)
    others = [count - mine for (_, count), (_, mine) in zip(everybody, own, strict=True)]
    return [
        Plot(
            key="scale",
            title=gettext("Use of the scale"),
            x_name=gettext("rating"),
            labels=[f"{value:g}" for value, _ in own],
            series=[
                Series(name=gettext("this rater, %"), values=shares([count for _, count in own])),
                Series(name=gettext("others, %"), values=shares(others)),
            ],
            note=gettext("Share of each value at a first showing, of {others} ratings by others.").format(
                others=whole(sum(others))
            ),
        )
    ]


def shares(counts: Sequence[int]) -> list[float]:
    """Turn counts into percent."""
    total = sum(counts) or 1
    return [round(100 * count / total, 1) for count in counts]


def times_plot(part: Participation) -> Plot:
    """Plot how long the rater takes."""
    labels = [*(f"{low:g}-{high:g}" for low, high in pairwise(TIME_EDGES)), f"{TIME_EDGES[-1]:g}+"]
    return Plot(
        key="seconds",
        title=gettext("Seconds per answer"),
        x_name=gettext("seconds"),
        labels=labels,
        series=[Series(name=gettext("answers"), values=seconds_counts(participation=part, edges=TIME_EDGES))],
        note=gettext("From the picture painted to the click."),
    )


def repeats_tables(part: Participation) -> list[FigureTable[Any]]:
    """Show images that were rated twice, both answers side by side."""
    found = repeated_answers(participation=part)
    shown = {tile.url: tile for tile in tiles(((one.image, "", "") for one in found), study_id=part.study_id)}
    rows = []
    for one in found:
        tile = shown.get(reverse("admin:ratings_image_change", args=[one.image]))
        if tile is not None:
            cells = [f"{one.first:g}", f"{one.second:g}", f"{abs(one.second - one.first):g}", str(one.between)]
            picture = ComparedPictures(pictures=[(tile.picture, tile.words)])
            rows.append((Linked(tile.words[:60], tile.url), [picture, *cells]))
    note = gettext("Rated twice, those that differ most first.")
    return [FigureTable(title=gettext("Repeats side by side"), note=note, columns=REPEATS, rows=rows)] if rows else []


def rating_tiles(page: "Page[Any]") -> list[Tile]:
    """Show the ratings of a page with their pictures."""
    return [rating_tile(one) for one in page if isinstance(one, Rating)]


def rating_tile(rating: Rating) -> Tile:
    """Show a rating with its picture, its time and what kind of showing it was."""
    assignment = rating.assignment
    kind = "" if assignment.kind == AssignmentKind.FRESH else f", {assignment.get_kind_display().lower()}"
    further = "".join(f", {key} {value:g}" for key, value in (rating.scales or {}).items())
    return Tile(
        url=reverse("admin:ratings_rating_change", args=[rating.pk]),
        picture=image_url(image=rating.image),
        words=str(assignment.study_image),
        figure=f"{rating.value:g}{further}",
        detail=f"{seconds(rating)}{kind}",
    )


def seconds(answer: Rating | Choice) -> str:
    """Write how long an answer took."""
    return (
        gettext("time unknown")
        if answer.response_ms is None
        else gettext("{seconds} s").format(seconds=f"{answer.response_ms / 1000:.1f}")
    )


def chosen(choice: Choice) -> str:
    """Write what was chosen: a side, or the places of the best and the worst."""
    best, _, worst = choice.answer.partition(">")
    return (
        gettext("{best} best, {worst} worst").format(best=best, worst=worst) if worst else choice.get_answer_display()
    )


def choice_tables(page: "Page[Any]") -> list[FigureTable[Any]]:
    """Show the choices of a page with the pictures as they stood."""
    choices = [one for one in page if isinstance(one, Choice)]
    if not choices:
        return []
    images = pictures_of(choices=choices)
    rows = []
    for choice in choices:
        pair, left = choice.assignment.pair, choice.assignment.left
        pictures = [(image_url(image=images[key]), str(images[key])) for key in pair.shown(left) if key in images]
        url = reverse("admin:ratings_choice_change", args=[choice.pk])
        cells = [ComparedPictures(pictures=pictures), chosen(choice), seconds(choice)]
        rows.append((Linked(pair.group or str(pair), url), cells))
    return [
        FigureTable(
            title=gettext("Choices"),
            note=gettext("The newest first."),
            columns=(gettext("Asked"), "", gettext("Chosen"), gettext("Time")),
            rows=rows,
        )
    ]
