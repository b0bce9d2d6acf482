"""Quality is measured once per state of the data, flags come with reasons, and only a person makes them count."""

import uuid
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ratings.choices import AssignmentKind, FlagReason, FlagState, JobState, Policy
from ratings.models import AuditEntry, Participation, QualityFlag, QualityReport, RaterQuality, Rating, Study
from ratings.selectors.quality import last_failure
from ratings.services.jobs.lifecycle import describe_job
from ratings.services.jobs.work import JobReport, do_job
from ratings.services.quality.answers import study_answers
from ratings.services.quality.flags import decide_flag
from ratings.services.quality.lifecycle import measure_study
from ratings.services.quality.measures import agreement, other_means
from ratings.services.quality.raters import findings, mean_difference, pace, unexplained, use_of_scale
from ratings.services.quality.requests import data_digest, outdated_studies, request_report
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from ratings.values.rater_figures import RaterFigures

pytestmark = pytest.mark.django_db


def rate(study: Study, values: list[float], *, seconds: float = 2.0, who: Participation | None = None) -> Participation:
    """Let somebody rate the study's images in order."""
    participation = who or make_participation(study=study)
    places = study.study_images.filter(is_practice=False).order_by("ordinal")
    for place, value in zip(places, values, strict=False):
        make_rating(participation=participation, study_image=place, value=value, response_ms=round(seconds * 1000))
    return participation


def measured(study: Study) -> dict[str, Any]:
    report = measure_study(study_id=study.pk)
    assert report is not None
    assert report.error == ""
    assert report.state == JobState.READY
    figures: dict[str, Any] = report.figures
    return figures


@pytest.fixture
def study() -> Study:
    made = make_study(repeat_gap=1)
    make_images(study=made, count=24)
    return made


VARIED = [1.0, 5.0, 2.0, 4.0, 3.0, 1.0, 4.0, 2.0, 5.0, 3.0, 2.0, 1.0] * 2


def test_raters_who_agree_have_alpha_one_and_the_interval_says_so(study: Study) -> None:
    for _ in range(3):
        rate(study, VARIED)
    facts = measured(study)["agreement"]
    assert facts["value"] == pytest.approx(1.0)
    assert (facts["low"], facts["high"]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert (facts["images"], facts["level"]) == (24, "ordinal")


def test_alpha_is_that_of_the_textbook(study: Study) -> None:
    """Two raters, four images, values 1 1 2 2 against 1 2 2 2 at nominal distance one: alpha is 8/15."""
    rate(study, [1.0, 1.0, 2.0, 2.0])
    rate(study, [1.0, 2.0, 2.0, 2.0])
    # Of 8 values 3 are 1 and 5 are 2; one of four pairs differs: 1 - (1/4) / (2 * 3 * 5 / (8 * 7)) = 8/15.
    assert measured(study)["agreement"]["value"] == pytest.approx(8 / 15)


def test_nothing_to_compare_gives_no_figure_and_no_error(study: Study) -> None:
    rate(study, [3.0])
    figures = measured(study)
    assert figures["agreement"]["value"] is None
    assert (figures["retest"]["pairs"], figures["retest"]["srocc"]) == (0, None)
    assert measure_study(study_id=make_study().pk) is not None


def test_repeats_are_compared_with_the_first_answer(study: Study) -> None:
    who = rate(study, VARIED)
    places = list(study.study_images.order_by("ordinal"))
    for place, value in zip(places[:4], [1.0, 5.0, 2.0, 3.0], strict=True):
        kind = {"kind": AssignmentKind.REPEAT, "policy": Policy.REPEAT}
        make_rating(participation=who, study_image=place, value=value, assignment=kind)
    facts = measured(study)["retest"]
    assert (facts["pairs"], facts["mean_difference"], facts["equal_share"]) == (4, 0.25, 0.75)
    assert facts["srocc"] == pytest.approx(1.0)


def test_the_others_leave_the_rater_out_and_need_two() -> None:
    study = make_study()
    make_images(study=study, count=2)
    for values in ([1.0, 1.0], [2.0, 5.0], [4.0]):
        rate(study, values)
    means = other_means(study_answers(study=study).of_kind("fresh"))
    assert sorted(means[np.isfinite(means)].tolist()) == [1.5, 2.5, 3.0]


def test_the_mean_difference_is_that_of_all_pairs() -> None:
    assert mean_difference(np.array([1.0, 2.0, 4.0])) == pytest.approx((1 + 3 + 2) / 3)
    assert mean_difference(np.array([1.0])) is None


def test_runs_are_counted_in_the_order_of_showing() -> None:
    figures = use_of_scale(np.array([3.0, 3.0, 1.0, 1.0, 1.0, 2.0]))
    assert (figures["longest_run"], figures["values_used"], figures["mode_share"]) == (3, 3, 0.5)


@pytest.mark.parametrize(
    ("values", "seconds", "reason", "sentence"),
    [
        (VARIED, 0.3, FlagReason.FAST, "24 of 24 answers came within 0.5 seconds."),
        ([4.0] * 20, 2.0, FlagReason.STRAIGHT_LINING, "20 answers in a row are the same, of 20."),
    ],
)
def test_a_flag_names_what_was_seen(
    study: Study, values: list[float], seconds: float, reason: FlagReason, sentence: str
) -> None:
    rate(study, VARIED)
    who = rate(study, values, seconds=seconds)
    measured(study)
    flag = QualityFlag.objects.get()
    assert (flag.participation, flag.reason, flag.finding, flag.state) == (who, reason, sentence, FlagState.RAISED)


def test_repeats_that_differ_like_strangers_raise_a_doubt(study: Study) -> None:
    who = rate(study, VARIED)
    for place, value in zip(study.study_images.order_by("ordinal")[:5], [5.0, 1.0, 5.0, 1.0, 1.0], strict=True):
        make_rating(participation=who, study_image=place, value=value, assignment={"kind": AssignmentKind.REPEAT})
    measured(study)
    flag = QualityFlag.objects.get()
    assert flag.reason == FlagReason.INCONSISTENT
    assert flag.finding.startswith("5 images shown again differ by 3.20 on average")


def test_missed_attention_checks_raise_a_doubt(study: Study) -> None:
    who = rate(study, VARIED[:4])
    checks = make_images(study=study, count=2)
    for check in checks:
        check.is_practice, check.attention_value = True, 5.0
        check.save()
        make_rating(participation=who, study_image=check, value=2.0, assignment={"kind": AssignmentKind.ATTENTION})
    figures = measured(study)
    assert (figures["checks"], figures["checks_passed"], figures["ratings"]) == (2, 0, 4)
    assert QualityFlag.objects.get().finding == "2 of 2 attention checks were missed."


def test_disagreeing_with_everybody_is_information_and_no_doubt(study: Study) -> None:
    for _ in range(3):
        rate(study, VARIED)
    other = rate(study, [6 - value for value in VARIED])
    measured(study)
    assert RaterQuality.objects.get(participation=other).figures["consensus"] == pytest.approx(-1.0)
    assert not QualityFlag.objects.exists()


def test_what_was_measured_is_not_measured_again_until_the_data_change(study: Study) -> None:
    who = rate(study, VARIED[:5])
    assert outdated_studies() == [study]
    measured(study)
    assert measure_study(study_id=study.pk) is None
    assert outdated_studies() == []
    Rating.objects.filter(participation=who)[:1].get().assignment.ratings.update(replaced_at=timezone.now())
    assert outdated_studies() == [study]


def test_one_computation_goes_on_at_a_time_and_a_dead_one_is_taken_up_again(study: Study) -> None:
    rate(study, VARIED[:5])
    going_on = QualityReport.objects.create(study=study, state=JobState.RUNNING, attempts=1)
    assert outdated_studies() == []
    assert measure_study(study_id=study.pk) is None
    QualityReport.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    measured(study)
    assert [(report.pk, report.attempts) for report in QualityReport.objects.all()] == [(going_on.pk, 2)]


def test_a_computation_that_fails_says_why_and_is_not_tried_again_until_the_data_change(study: Study) -> None:
    rate(study, VARIED[:5])

    def divide(report: QualityReport, _progress: JobReport) -> None:
        describe_job(job=report, data_digest=data_digest(study=report.study))
        raise ZeroDivisionError("division by zero")

    report = request_report(study=study)
    assert report is not None
    do_job(kind=QualityReport, job_id=report.pk, runner=divide)
    failure = last_failure(study=study)
    assert failure is not None
    assert failure.error == "ZeroDivisionError: division by zero"
    assert outdated_studies() == []
    rate(study, VARIED[:5])
    assert outdated_studies() == [study]


def test_a_flag_that_no_longer_holds_goes_unless_somebody_decided(study: Study) -> None:
    for decision in (FlagState.RAISED, FlagState.DISMISSED):
        who = rate(study, [4.0] * 20)
        measured(study)
        flag = QualityFlag.objects.get(participation=who)
        if decision != FlagState.RAISED:
            decide_flag(flag=flag, state=decision, actor=None)
        for rating in Rating.objects.filter(participation=who).order_by("pk")[:10]:
            Rating.objects.filter(pk=rating.pk).update(replaced_at=timezone.now())
            Rating.objects.create(
                nonce=uuid.uuid4(),
                assignment=rating.assignment,
                participation=who,
                image=rating.image,
                value=1.0,
                replaces=rating,
            )
        measured(study)
        assert QualityFlag.objects.filter(participation=who).exists() == (decision != FlagState.RAISED)


def test_a_decision_is_signed_audited_and_can_be_taken_back(study: Study) -> None:
    flag = QualityFlag.objects.create(participation=rate(study, [1.0]), reason=FlagReason.FAST, finding="x")
    user = User.objects.create_user("r")
    decide_flag(flag=flag, state=FlagState.CONFIRMED, actor=user)
    assert (flag.decided_by, flag.decided_at is not None) == (user, True)
    assert AuditEntry.objects.get(action="decide-flag").detail == {"reason": "fast", "decision": "confirmed"}
    decide_flag(flag=flag, state=FlagState.RAISED, actor=user)
    assert flag.decided_by is None


def test_only_confirmed_flags_leave_ratings_out_and_only_when_asked(study: Study) -> None:
    flagged, trusted = rate(study, [1.0, 2.0]), rate(study, [3.0])
    flag = QualityFlag.objects.create(participation=flagged, reason=FlagReason.FAST, finding="x")
    assert Rating.objects.current().without_flagged().count() == 3
    decide_flag(flag=flag, state=FlagState.CONFIRMED, actor=None)
    assert Rating.objects.current().count() == 3
    assert Rating.objects.current().without_flagged().get().participation == trusted


def test_withdrawal_removes_what_was_measured_and_asks_for_a_new_measure(study: Study) -> None:
    who = rate(study, [4.0] * 20)
    rate(study, VARIED)
    measured(study)
    withdraw_rater(rater=who.rater, actor=None)
    assert not QualityFlag.objects.exists()
    assert RaterQuality.objects.count() == 1
    assert outdated_studies() == [study]
    assert measured(study)["raters"] == 1


def test_a_continuous_slider_is_compared_by_distance() -> None:
    study = make_study(scale_kind="slider", scale_min=0, scale_max=100, scale_step=1)
    make_images(study=study, count=10)
    for shift in (0.0, 0.4):
        rate(study, [value * 9 + shift for value in range(10)])
    answers = study_answers(study=study).of_kind("fresh")
    facts = agreement(study=study, fresh=answers)
    assert facts.level == "interval"
    assert facts.value is not None
    assert facts.value > 0.95


def machine_like(**other: Any) -> RaterFigures:
    """Give the figures of one who says what all say, repeats it, and takes the same time for each."""
    known = {
        "ratings": 40,
        "timed": 46,
        "time_spread": 0.1,
        "median_seconds": 2.0,
        "leftover": 0.1,
        "repeats": 6,
        "repeat_difference": 0.0,
        "chance_difference": 1.2,
    }
    return RaterFigures(**{**known, **other})


def test_even_answers_without_a_taste_are_flagged_for_information_with_their_numbers() -> None:
    assert findings(machine_like()) == {
        FlagReason.MACHINE: (
            "For information: the others' means explain 90% of the answers, 6 repeats differ by 0.00 (two images by "
            "1.20), and the middle half of the times spans 10% of their median."
        )
    }


@pytest.mark.parametrize(
    "other",
    [
        {"leftover": 0.3},  # a taste of one's own
        {"repeat_difference": 0.1},  # 8 % of the difference of two images
        {"time_spread": 0.4},
        {"leftover": None},
        {"time_spread": None},
        {"repeats": 4},
        {"timed": 19},
    ],
)
def test_one_sign_of_a_machine_missing_there_is_no_flag(other: dict[str, Any]) -> None:
    assert FlagReason.MACHINE not in findings(machine_like(**other))


def test_what_the_others_leave_of_a_rater_is_one_less_the_squared_correlation() -> None:
    others = np.tile([1.0, 2.0, 3.0, 4.0], 6)
    own = np.tile([1.0, 3.0, 2.0, 4.0], 6)  # deviations -1.5 .5 -.5 1.5: r = (2.25 - .25 - .25 + 2.25) / 5 = 0.8
    assert unexplained(own, others) == pytest.approx(0.36)
    assert unexplained(-own, others) == 1
    assert unexplained(own[:12], others[:12]) is None


def test_times_are_even_where_their_quartiles_are_close() -> None:
    assert pace(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))["time_spread"] == pytest.approx(2 / 3)  # (4 - 2) / 3
    assert pace(np.full(5, np.nan))["time_spread"] is None
