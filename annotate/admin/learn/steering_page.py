"""What a steering run's page shows: figures, the path of the best picture, and the modes side by side."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext

from annotate.admin.parts.cards import Card
from annotate.admin.parts.image_grids import ImageGrid, Tile
from annotate.admin.parts.plots import Plot, Series
from annotate.admin.parts.signs import decimal
from annotate.admin.parts.tables import FigureTable
from annotate.admin.parts.thumbnails import image_url
from scoring.models import FitJudge, SteeringMode, SteeringRun, SteeringStep
from scoring.steering import MOST_CAREFUL

PM = "\N{PLUS-MINUS SIGN}"


def best_so_far(*, run: SteeringRun) -> list[SteeringStep]:
    """Give the sound step that is surely liked best, up to and including each iteration."""
    found: list[SteeringStep] = []
    for step in run.steps.all():
        if step.iteration == len(found):
            found.append(found[-1] if found else step)
        if step.is_sound and careful(step) > careful(found[-1]):
            found[-1] = step
    return found


def careful(step: SteeringStep) -> float:
    """Give the bound that a run settles by."""
    return step.score + MOST_CAREFUL * step.sd


def run_cards(*, run: SteeringRun) -> list[Card]:
    """Give the figures at the top."""
    steps = list(run.steps.all())
    path = best_so_far(run=run)
    if not path:
        return []
    first, last = path[0], path[-1]
    sound = sum(step.is_sound for step in steps)
    cards = [
        Card(
            title=gettext("As given"),
            value=decimal(first.score, 2),
            detail=gettext("± {sd}, expected of the judge").format(sd=f"{first.sd:.2f}"),
        ),
        Card(
            title=gettext("Best"),
            value=decimal(last.score, 2),
            detail=gettext("± {sd}, iteration {iteration}").format(sd=f"{last.sd:.2f}", iteration=last.iteration),
        ),
        Card(
            title=gettext("Sound"),
            value=gettext("{part} of {whole}").format(part=sound, whole=len(steps)),
            detail=guard_in_words(run),
        ),
    ]
    if run.own_score is not None:
        cards.append(
            Card(title=gettext("For the rater"), value=decimal(run.own_score, 2), detail=f"{PM} {run.own_sd:.2f}")
        )
    return cards


def guard_in_words(run: SteeringRun) -> str:
    """Say what a picture had to pass to be sound."""
    shows = {
        FitJudge.ENCODER: gettext("it shows the prompt, as the encoder's text tower sees it"),
        FitJudge.CAPTIONS: gettext("it shows the prompt, going by the captions of the study's pictures"),
        FitJudge.NOBODY: gettext("whether it shows the prompt is not judged: encoder and captions cannot tell"),
    }
    return gettext("everybody's liking did not surely fall; {shows}").format(shows=shows[FitJudge(run.fit_judge)])


def score_plot(*, run: SteeringRun) -> Plot | None:
    """Plot the best so far over iterations, with its interval, beside the prompt as it was given."""
    path = best_so_far(run=run)
    if len(path) < 2:  # noqa: PLR2004 - the prompt as it was given, and one iteration
        return None
    return Plot(
        key="score",
        title=gettext("Expected liking of the best so far"),
        x_name=gettext("iteration"),
        labels=[str(place) for place in range(len(path))],
        series=[
            Series(
                name=gettext("best so far"),
                values=[step.score for step in path],
                low=[step.score - step.sd for step in path],
                high=[step.score + step.sd for step in path],
            ),
            Series(name=gettext("everybody's liking of it"), values=[step.everybody for step in path]),
            Series(name=gettext("as given"), values=[path[0].score] * len(path), dashed=True),
        ],
        kind="line",
        note=gettext("On the study's scale, with one standard deviation either way."),
    )


def tile_of(step: SteeringStep, *, figure: str, detail: str) -> Tile:
    """Show a step's picture."""
    return Tile(
        url=reverse("admin:ratings_image_change", args=[step.image_id]),
        picture=image_url(image=step.image),
        words=step.prompt,
        figure=figure,
        detail=detail,
    )


def path_grid(*, run: SteeringRun) -> ImageGrid:
    """Show the best picture up to each iteration, and what moved in its prompt."""
    tiles = [
        tile_of(step, figure=f"{place}: {decimal(step.score, 2)} {PM} {step.sd:.2f}", detail=moved(step))
        for place, step in enumerate(best_so_far(run=run))
    ]
    return ImageGrid(
        title=gettext("The path"),
        note=gettext("The best picture up to each iteration; 0 is the prompt as it was given."),
        tiles=tiles,
        links={},
    )


def moved(step: SteeringStep) -> str:
    """Say which attributes moved."""
    return ", ".join(f"{name} {value}" for name, value in step.changes.items()) or gettext("as given")


def comparison(*, runs: Sequence[SteeringRun]) -> FigureTable[Tile | str] | None:
    """Put the best pictures of runs that were asked for together side by side; one alone is nothing to compare."""
    if len(runs) < 2:  # noqa: PLR2004 - a comparison needs two
        return None
    modes = [mode for mode in SteeringMode if any(run.mode == mode for run in runs)]
    raters = {run.participation_id: str(run.participation) for run in runs}
    by_place = {(run.participation_id, run.mode): run for run in runs}
    return FigureTable(
        title=gettext("Side by side"),
        note=gettext(
            "What each search settled on, and how well the rater of the row is expected to like it, "
            "made for that rater or not."
        ),
        columns=[gettext("Rater"), *(str(mode.label) for mode in modes)],
        rows=[(name, [best_tile(by_place.get((rater, mode))) for mode in modes]) for rater, name in raters.items()],
        kind="pictures",
    )


def best_tile(run: SteeringRun | None) -> Tile | str:
    """Show what a run settled on, and how well the rater is expected to like it."""
    if run is None or run.best is None:
        return gettext("not there yet")
    own = f"{decimal(run.own_score, 2)} {PM} {run.own_sd:.2f}" if run.own_score is not None else ""
    return tile_of(run.best, figure=own, detail=moved(run.best))
