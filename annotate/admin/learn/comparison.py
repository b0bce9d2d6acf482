"""Two versions of a study's model side by side: which is better where both were measured, and what differs."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy, ngettext

from annotate.admin.learn.version_metrics import COLUMNS, Measure, headline_measure, learned_ratings, measure
from annotate.admin.parts.base import ago, at, carry_out, whole
from annotate.admin.parts.mixins import Pages
from annotate.admin.parts.signs import DASH
from annotate.admin.parts.tables import FigureTable
from annotate.flows.versions import request_comparison
from ratings.choices import JobState
from scoring.exceptions import ModelError
from scoring.metrics import LiveFigures, MeasuredFigure, ModelFigures
from scoring.models import ModelVersion, VersionComparison
from scoring.selectors.overview import versions_in_order
from scoring.selectors.version_comparisons import ComparisonState, comparison_of
from scoring.verdicts import cases, is_few, is_thin

ON_ONE_SLICE = gettext_lazy(
    "Both on the same ratings of the test slice, those that both could predict when {newer} was made; {older} was live "
    "then. Differences are paired by rater, of {cases}, with 95 % intervals: where one holds zero, no difference "
    "is shown."
)
ON_TWO_SLICES = gettext_lazy(
    "These two were never measured on the same ratings: that happens when a version is made, against the one that is "
    "live then. Each figure is of the test slice of its own time, so no difference between them is given: have them "
    "measured on one slice."
)
AS_ASKED = gettext_lazy(
    "Measured {when} on {ratings} ratings of the test slice by {raters} raters, which neither learned from: all "
    "that both can predict, each rater's taste learned by both from the same other ratings. Differences are "
    "paired by rater, with 95 % intervals: where one holds zero, no difference is shown."
)
METRICS = ("srocc", "plcc", "pairwise_accuracy", "prompt_accuracy", "rmse", "nll", "coverage_80")
PAIRED = {"srocc": "srocc_minus_live", "rmse": "rmse_minus_live"}
LEFT_OUT = ("training_curve", "datasets")  # of the record of a fit: no settings


def others_of(*, version: ModelVersion) -> list[ModelVersion]:
    """Give the versions that a version can be compared with, the newest first."""
    return [one for one in reversed(versions_in_order(study_id=version.study_id)) if one.pk != version.pk]


def figures_table(
    *, version: ModelVersion, other: ModelVersion, asked: VersionComparison | None = None
) -> FigureTable[Measure]:
    """Give both versions' figures: on one slice with paired differences where they were measured so, else apart."""
    older, newer = sorted((version, other), key=lambda one: one.number)
    if asked is not None and asked.state == JobState.READY:
        return asked_table(older=older, newer=newer, asked=asked)
    live = newer.measured.live
    if live is not None and live.version == str(older):
        return paired_table(older=older, newer=newer, before=live)
    return FigureTable(
        title=gettext("Each on its own test slice"),
        note=ON_TWO_SLICES,
        columns=[gettext("Figure"), str(version), str(other)],
        rows=[
            (
                COLUMNS[name],
                [headline_measure(version=version, metric=name), headline_measure(version=other, metric=name)],
            )
            for name in METRICS
        ],
        kind="models",
    )


def asked_table(*, older: ModelVersion, newer: ModelVersion, asked: VersionComparison) -> FigureTable[Measure]:
    """Give what a worker found when somebody asked for these two: every figure of both, and their differences."""
    found = asked.found
    counts = {"ratings": whole(found.ratings), "raters": whole(found.raters)}
    note = AS_ASKED.format(when=ago(asked.finished_at), **counts)
    if is_few(ratings=found.ratings, raters=found.raters):
        note = gettext("{note} These are few cases.").format(note=note)
    return FigureTable(
        title=gettext("Measured on one common slice"),
        note=note,
        columns=[
            gettext("Figure"),
            gettext("{newer} less {older}").format(newer=newer, older=older),
            str(older),
            str(newer),
        ],
        rows=[
            (
                COLUMNS[name],
                [
                    measure(found.differences.get(name)),
                    measure(getattr(found.older, name, None)),
                    measure(getattr(found.newer, name, None)),
                ],
            )
            for name in METRICS
            if name != "prompt_accuracy"
        ],
        kind="models",
    )


def paired_table(*, older: ModelVersion, newer: ModelVersion, before: LiveFigures) -> FigureTable[Measure]:
    """Give the figures on the common slice, and the paired differences that were measured."""
    figures = newer.measured
    now = figures.personal or ModelFigures()
    known = figures.srocc_minus_live or figures.rmse_minus_live or MeasuredFigure()
    of = gettext("{cases} (few cases)") if is_thin(figures, known) else "{cases}"
    rows = []
    for name in METRICS:
        found = measure(getattr(before, name)), measure(getattr(now, name))
        paired = measure(getattr(figures, PAIRED[name])) if name in PAIRED else Measure(value=None)
        rows.append((COLUMNS[name], [paired, *found]))
    return FigureTable(
        title=gettext("On one common slice"),
        note=ON_ONE_SLICE.format(older=older, newer=newer, cases=of.format(cases=cases(known))),
        columns=[
            gettext("Figure"),
            gettext("{newer} less {older}").format(newer=newer, older=older),
            str(older),
            str(newer),
        ],  # a telephone shows the first two
        rows=rows,
        kind="models",
    )


def facts_of(*, version: ModelVersion) -> dict[str, str]:
    """Name what a version was made of, how and when."""
    measured = version.measured
    sets = {
        gettext("Ratings of {name}").format(name=one.name): whole(one.ratings) for one in measured.sources if one.name
    }
    return {
        gettext("Made"): at(version.created_at),
        gettext("State"): version.get_state_display(),
        gettext("Run"): f"{version.run_id}, {version.run.reason}" if version.run else DASH,
        gettext("Encoder"): version.encoder_key,
        gettext("Scale"): measured.scale or gettext("the main one"),
        gettext("Digest of the data"): version.data_digest[:12],
        gettext("Ratings learned from"): whole(learned_ratings(version=version)),
        gettext("Ratings of this study"): whole(measured.ratings),
        **sets,
        gettext("Raters"): whole(measured.raters),
        gettext("Images"): whole(measured.images),
        gettext("Ratings of the test slice"): whole(measured.test_ratings),
        **dict(settings_of(measured.fit)),
        **{gettext("Program: {name}").format(name=name): number for name, number in measured.software.items()},
    }


def settings_of(fit: Mapping[str, Any], *, within: str = "") -> Iterator[tuple[str, str]]:
    """Give the settings and results of a fit that are a number or a word, those of parts by the name of the part."""
    within = within or gettext("Fit")
    for name, value in fit.items():
        called = f"{within}: {name.replace('_', ' ')}"
        if name in LEFT_OUT or isinstance(value, list):
            continue
        if isinstance(value, Mapping):
            yield from settings_of(value, within=called)
        else:
            yield called, f"{value:.4g}" if isinstance(value, float) else str(value)


def differences_table(*, version: ModelVersion, other: ModelVersion) -> FigureTable[str]:
    """List the settings and data in which two versions differ."""
    facts, others = facts_of(version=version), facts_of(version=other)
    names = [name for name in {**facts, **others} if facts.get(name, DASH) != others.get(name, DASH)]
    same = len({**facts, **others}) - len(names)
    return FigureTable(
        title=gettext("What differs"),
        note=ngettext(
            "{count} further setting or count is the same.", "{count} further settings and counts are the same.", same
        ).format(count=same),
        columns=[gettext("Setting"), str(version), str(other)],
        rows=[(name, [facts.get(name, DASH), others.get(name, DASH)]) for name in names],
    )


class ComparisonPage(Pages[ModelVersion]):
    """The page that shows a version beside another one, and has the two measured."""

    def measure_together(self, *, request: HttpRequest, version: ModelVersion, other: ModelVersion) -> HttpResponse:
        """Have a worker measure both on one slice, for those who may change versions."""
        if not request.user.has_perm("scoring.change_modelversion"):
            raise PermissionDenied
        return carry_out(
            request=request,
            act=lambda: request_comparison(version=version, other=other, actor=cast("User", request.user)),
            done=gettext("A worker measures {version} and {other} now: reload in a moment.").format(
                version=version, other=other
            ),
            errors=ModelError,
            url=f"{request.path}?with={other.number}",
        )

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a version beside the one that is asked for, or beside the newest other one."""
        version = self.access(request=request, pk=pk)  # type: ignore[attr-defined]
        others = others_of(version=version)
        asked = request.GET.get("with", "")
        other = next((one for one in others if not asked or str(one.number) == asked), None)
        if other is None and asked:
            raise Http404(gettext("There is no other version {asked} of this study.").format(asked=asked))
        if request.method == "POST" and other is not None:
            return self.measure_together(request=request, version=version, other=other)
        known = comparison_of(version=version, other=other) if other else None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("{version} beside {other}").format(version=version, other=other)
            if other
            else gettext("{version} has no other version beside it").format(version=version),
            "opts": self.opts,
            "original": version,
            "version": version,
            "other": other,
            "others": others,
            "both": [version, other],
            "compare_url": request.path,
            "known": known,
            "may_measure": request.user.has_perm("scoring.change_modelversion"),
            "tables": [] if other is None else list(tables_of(version=version, other=other, known=known)),
        }
        return TemplateResponse(request, "admin/scoring/modelversion/compare.html", context)


def tables_of(
    *, version: ModelVersion, other: ModelVersion, known: ComparisonState | None = None
) -> Iterator[FigureTable[Any]]:
    """Give the tables of the page."""
    yield figures_table(version=version, other=other, asked=known.ended if known else None)
    yield differences_table(version=version, other=other)
