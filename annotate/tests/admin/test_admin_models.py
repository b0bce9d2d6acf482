"""Training runs and model versions in the admin: live progress, retraining, promotion, roll-back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.admin.learn.version_metrics import metric_table, version_plots
from ratings.choices import JobState
from ratings.models import AuditEntry, Study
from ratings.tests.factories import make_staff, make_study
from scoring.models import ModelState, ModelVersion, TrainingRun
from scoring.tests.factories import estimate, make_version

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}


def post(client: Client, name: str, *args: object, **fields: object) -> int:
    """Confirm an action; give the status."""
    return client.post(reverse(f"admin:{name}", args=args), {**CONFIRMED, **fields}).status_code


def query_count(call: Callable[[], object]) -> int:
    """Count the queries of a call."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def fill(study: Study) -> None:
    """Add a run that ended and the version it made."""
    run = TrainingRun.objects.create(study=study, state=JobState.SUCCEEDED, reason="by hand")
    make_version(study=study, run=run)


@pytest.mark.parametrize(("name", "pinned"), [("scoring_trainingrun", 8), ("scoring_modelversion", 8)])
def test_a_list_asks_as_often_for_many_rows_as_for_few(researcher: Client, name: str, pinned: int) -> None:
    url = reverse(f"admin:{name}_changelist")
    fill(make_study())
    researcher.get(url)
    few = query_count(lambda: researcher.get(url))
    for _ in range(4):
        fill(make_study())
    assert query_count(lambda: researcher.get(url)) == few == pinned


def test_retraining_from_a_study_queues_one_run_and_says_so_when_one_goes_on(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_retrain", args=[study.pk])
    assert researcher.get(url).status_code == 200
    assert not TrainingRun.objects.exists()
    assert researcher.post(url, CONFIRMED).status_code == 302
    run = TrainingRun.objects.get()
    assert (run.state, str(run.requested_by)) == (JobState.QUEUED, "mira")
    assert AuditEntry.objects.filter(action="retrain").count() == 1
    assert "is being trained already" in researcher.post(url, CONFIRMED, follow=True).content.decode()
    assert TrainingRun.objects.count() == 1


def test_retraining_from_the_list_asks_for_the_study(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:scoring_trainingrun_retrain")
    assert "This field is required" in researcher.post(url, CONFIRMED).content.decode()
    assert researcher.post(url, {**CONFIRMED, "study": study.pk}).status_code == 302
    assert TrainingRun.objects.get().study == study


def test_the_progress_of_a_run_is_given_as_json(researcher: Client) -> None:
    run = TrainingRun.objects.create(
        study=make_study(), state=JobState.RUNNING, reason="by hand", stage="fitting", progress=0.5, log="one line\n"
    )
    facts = researcher.get(reverse("admin:scoring_trainingrun_progress", args=[run.pk])).json()
    assert facts == {
        "state": "running",
        "label": "Running",
        "percent": 50.0,
        "stage": "fitting",
        "log": "one line\n",
        "is_active": True,
    }


def test_only_a_run_that_goes_on_is_followed(researcher: Client) -> None:
    study = make_study()
    going = TrainingRun.objects.create(study=study, state=JobState.RUNNING, reason="by hand")
    ended = TrainingRun.objects.create(study=study, state=JobState.FAILED, reason="by hand", error="The disk is full.")
    pages = [
        researcher.get(reverse("admin:scoring_trainingrun_change", args=[run.pk])).content.decode()
        for run in (going, ended)
    ]
    assert ["data-progress-url" in page for page in pages] == [True, False]
    assert "The disk is full." in pages[1]


def test_a_run_can_be_cancelled_once(researcher: Client) -> None:
    run = TrainingRun.objects.create(study=make_study(), state=JobState.RUNNING, reason="by hand")
    assert post(researcher, "scoring_trainingrun_cancel", run.pk) == 302
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    url = reverse("admin:scoring_trainingrun_cancel", args=[run.pk])
    assert "has ended already" in researcher.post(url, CONFIRMED, follow=True).content.decode()


def test_promoting_retires_the_live_version_and_rolling_back_brings_it_back(researcher: Client) -> None:
    study = make_study()
    before = make_version(study=study, state=ModelState.LIVE, promoted_at=timezone.now() - timedelta(hours=1))
    candidate = make_version(study=study)
    assert post(researcher, "scoring_modelversion_promote_version", candidate.pk) == 302
    states = dict(ModelVersion.objects.values_list("number", "state"))
    assert states == {1: ModelState.RETIRED, 2: ModelState.LIVE}
    back = reverse("admin:scoring_modelversion_roll_back_study", args=[candidate.pk])
    question = researcher.get(back).content.decode()
    named = f"v1 of {before.created_at:%-d %b %Y}, SROCC 0.400"
    assert f"Back to {named}." in question
    page = researcher.get(reverse("admin:scoring_modelversion_change", args=[candidate.pk])).content.decode()
    assert f"Roll back to {named}" in page
    assert researcher.post(back, {**CONFIRMED, "target": 2}).status_code == 200  # another than was shown
    assert researcher.post(back, {**CONFIRMED, "target": 1}).status_code == 302
    before.refresh_from_db()
    assert before.state == ModelState.LIVE


def test_a_version_leads_to_the_run_and_the_ratings_that_it_comes_from(researcher: Client) -> None:
    study = make_study()
    run = TrainingRun.objects.create(study=study, state=JobState.SUCCEEDED, reason="by hand")
    sets = [{"ratings": 300, "weight": 1.0}, {"name": "para", "ratings": 7000, "weight": 0.1}]
    version = make_version(study=study, run=run, metrics={"ratings": 300, "fit": {"datasets": sets}})
    page = researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk]))
    assert [[part.text for part in step] for step in page.context["lineage"][:2]] == [
        [f"run {run.pk}, by hand"],
        ["300 ratings of this study", "7,000 ratings of para"],
    ]
    for url in (part.url for step in page.context["lineage"][:2] for part in step):
        assert researcher.get(url).status_code == 200
    before_runs_were_kept = make_version(study=study)
    assert (
        "Comes from"
        in researcher.get(
            reverse("admin:scoring_modelversion_change", args=[before_runs_were_kept.pk])
        ).content.decode()
    )


def test_a_live_version_offers_to_roll_back_and_a_candidate_to_be_promoted(researcher: Client) -> None:
    study = make_study()
    make_version(study=study, state=ModelState.RETIRED, promoted_at=timezone.now())
    live = make_version(study=study, state=ModelState.LIVE, promoted_at=timezone.now())
    candidate = make_version(study=study)
    pages = [
        researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
        for version in (live, candidate)
    ]
    assert ["/roll_back_study/" in page for page in pages] == [True, False]
    assert ["/promote_version/" in page for page in pages] == [False, True]


def test_a_version_shows_its_metrics_beside_the_baselines() -> None:
    version = make_version(study=make_study())
    version.metrics["baselines"] = {"image-mean": {"srocc": estimate(0.25)}}
    version.metrics["lead"] = {"global": estimate(0.1), "image-mean": estimate(0.15)}
    table = metric_table(version=version)
    assert table.columns == ["Model", "SROCC", "In 80 %", "Lead"]
    assert [[name, *map(str, cells)] for name, cells in table.rows] == [
        ["With taste", "0.400 (0.350 to 0.450)", "0.780 (0.730 to 0.830)", "\N{EN DASH}"],
        ["One model for everybody", "0.300 (0.250 to 0.350)", "\N{EN DASH}", "0.100 (0.050 to 0.150)"],
        ["Mean of the image", "0.250 (0.200 to 0.300)", "\N{EN DASH}", "0.150 (0.100 to 0.200)"],
    ]


def test_the_table_of_models_downloads_with_the_ends_of_its_intervals(researcher: Client) -> None:
    version = make_version(study=make_study())
    url = reverse("admin:scoring_modelversion_metrics", args=[version.pk, "csv"])
    header, first, *_ = researcher.get(url).content.decode().splitlines()
    assert header.startswith("Model,SROCC,SROCC low,SROCC high")
    assert first.startswith("With taste,0.4,0.35")
    assert url in researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()


def test_a_version_without_a_test_slice_is_shown_without_figures(researcher: Client) -> None:
    version = make_version(study=make_study(), metrics={"ratings": 30})
    page = researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
    assert "Nothing to show yet" in page


def test_the_curve_of_new_raters_is_plotted_where_it_was_measured() -> None:
    version = make_version(study=make_study())
    assert [plot.key for plot in version_plots(version=version, versions=[version])] == ["quality", "calibration"]
    version.metrics["k_shot"] = {"10": estimate(0.3), "0": {"srocc": estimate(0.2)}}
    plot = version_plots(version=version, versions=[version])[1]
    assert (plot.key, list(plot.labels), list(plot.series[0].values)) == ("k-shot", [0, 10], [0.2, 0.3])


def test_a_version_s_page_shows_how_many_ratings_of_new_raters_lie_inside_intervals_by_ratings_known() -> None:
    version = make_version(study=make_study())
    inside = {f"coverage_{share}": estimate(share / 100) for share in (50, 80, 95)}
    version.metrics["k_shot"] = {"10": inside, "0": {**inside, "coverage_50": estimate(0.4)}}
    plots = {plot.key: plot for plot in version_plots(version=version, versions=[version])}
    plot = plots["coverage-by-count"]
    assert list(plot.labels) == [0, 10]
    assert [(one.name, list(one.values)) for one in plot.series[:3]] == [
        ("in 50 %", [0.4, 0.5]),
        ("in 80 %", [0.8, 0.8]),
        ("in 95 %", [0.95, 0.95]),
    ]


def test_plots_of_a_version_download_with_their_intervals(researcher: Client) -> None:
    version = make_version(study=make_study())
    url = reverse("admin:scoring_modelversion_plot", args=[version.pk, "quality", "csv"])
    header, row = researcher.get(url).content.decode().splitlines()
    assert header.startswith("version,With taste,With taste low,With taste high,One model for everybody")
    assert row.startswith("v1 (40),0.4,0.35")


def test_somebody_without_permission_may_neither_train_nor_promote_nor_look(onlooker: Client) -> None:
    study = make_study()
    version = make_version(study=study)
    run = TrainingRun.objects.create(study=study, reason="by hand")
    assert post(onlooker, "ratings_study_retrain", study.pk) == 403
    assert post(onlooker, "scoring_trainingrun_retrain", study=study.pk) == 403
    assert post(onlooker, "scoring_trainingrun_cancel", run.pk) == 403
    assert post(onlooker, "scoring_modelversion_promote_version", version.pk) == 403
    assert onlooker.get(reverse("admin:scoring_trainingrun_progress", args=[run.pk])).status_code == 403
    assert "Your account may not look at studies" in onlooker.get(reverse("admin:index")).content.decode()


def test_the_schedule_can_be_edited_by_an_admin(manager: Client) -> None:
    assert manager.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 200
    assert manager.get(reverse("admin:auth_user_changelist")).status_code == 200


def test_a_loss_a_count_and_a_moment_are_written_in_one_way_on_every_page(researcher: Client) -> None:
    study = make_study()
    worse = {"personal_minus_global": estimate(-0.038), "personal": {"srocc": estimate(-0.212)}}
    version = make_version(
        study=study,
        state=ModelState.LIVE,
        promoted_at=timezone.now(),
        metrics={"ratings": 1378, "images": 147, "raters": 40, "test_ratings": 3000, **worse},
    )
    ann = make_staff("ann", group="researcher")
    made = datetime(2026, 11, 26, 20, 14, tzinfo=UTC)
    log = LogEntry.objects.create(
        user=ann,
        content_type=ContentType.objects.get_for_model(Study),
        object_id=str(study.pk),
        object_repr="study",
        action_flag=2,
        action_time=made,
    )
    own = reverse("admin:scoring_modelversion_change", args=[version.pk])
    for url in (reverse("admin:index"), reverse("admin:scoring_modelversion_changelist"), own):
        page = researcher.get(url).content.decode().split("All metrics as recorded")[0]
        words = re.sub(r"<(script)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)  # a plot's data are a machine's
        assert "\N{MINUS SIGN}0.038" in words, url
        assert not re.search(r"-0\.\d{3}", words), url
    assert {"1,378", "3,000"} <= set(re.findall(r"\d,\d{3}", researcher.get(own).content.decode()))
    assert "\N{MINUS SIGN}0.088 to +0.012; 12 raters" in researcher.get(own).content.decode()
    history = researcher.get(reverse("admin:ratings_study_history", args=[study.pk])).content.decode()
    assert timezone.localtime(log.action_time).strftime("26 Nov 2026, %H:%M") in history


def of(value: float, *, raters: int) -> dict[str, float]:
    """Give a figure as a version stores it, with its number of raters."""
    return {**estimate(value), "raters": raters}


def test_figures_of_lists_tiles_and_plots_say_on_how_many_cases_they_rest(researcher: Client) -> None:
    study = make_study(title="Harbour")
    table = {"srocc": of(0.4, raters=14), "coverage_80": of(0.78, raters=14)}
    metrics = {
        "ratings": 1300,
        "test_ratings": 1040,
        "personal": table,
        "global": table,
        "baselines": {"global-ridge": table},
        "personal_minus_global": of(0.1, raters=13),
        "parts": {"taste": 0.4},
        "k_shot": {"1": table, "10": table},
        "fit": {"training_curve": [[1, 0.9], [2, 0.8]]},
    }
    version = make_version(study=study, state=ModelState.LIVE, metrics=metrics)
    listed = researcher.get(reverse("admin:scoring_modelversion_changelist")).content.decode()
    assert "on 1,040 ratings never trained on" in listed
    assert "13 raters" in listed
    assert "1,300 ratings" in listed
    first = researcher.get(reverse("admin:index")).content.decode()
    assert "SROCC per rater, with taste. Test slice: 1,040 ratings never trained on (14 raters)." in first
    plots = {plot.key: plot for plot in version_plots(version=version, versions=[version])}
    cases = {key: next((n for n in ("1,040", "1,300", "14") if n in str(plot.note)), "") for key, plot in plots.items()}
    slices = dict.fromkeys(("comparison", "calibration", "parts"), "1,040")
    by_rater = dict.fromkeys(("k-shot", "coverage-by-count"), "14")
    assert cases == {"quality": "", "training": "1,300", **slices, **by_rater}
    assert plots["quality"].labels == ["v1 (1,040)"]
