"""What choices add up to: numbers worked by hand, and the page that shows them."""

import math

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from ratings.choices import Answer, Design, Side
from ratings.models import Pair, QualityReport, Study
from ratings.services.comparisons.bradley_terry import Games, bradley_terry, elo, side_share, strengths, win_matrix
from ratings.services.comparisons.results import comparison_figures
from ratings.services.quality.lifecycle import measure_study
from ratings.services.quality.requests import outdated_studies
from ratings.services.targets import set_targets
from ratings.tests.factories import make_choice, make_pair, make_participation, make_rater, make_study


def games(*rows: tuple[int, int, int, float], conditions: int = 2) -> Games:
    rater, first, second, score = zip(*rows, strict=True)
    return Games(
        rater=np.array(rater),
        first=np.array(first),
        second=np.array(second),
        score=np.array(score, float),
        conditions=conditions,
    )


def test_a_tie_is_half_a_win_for_both() -> None:
    wins = win_matrix(games((0, 0, 1, 1), (0, 0, 1, 0.5), (0, 1, 0, 1)))
    assert wins.tolist() == [[0, 1.5], [1.5, 0]]


def test_bradley_terry_of_three_wins_to_one_is_log_three_apart() -> None:
    # P = 3/4, so theta_0 - theta_1 = ln 3, and 400 / ln 10 points a unit: 190.85 apart, around 1000
    fitted = bradley_terry(np.array([[0.0, 3.0], [1.0, 0.0]]))
    assert fitted == pytest.approx([1000 + 95.424, 1000 - 95.424], abs=1e-3)
    assert fitted[0] - fitted[1] == pytest.approx(400 * math.log10(3), abs=1e-3)


def test_bradley_terry_adds_up_along_a_chain() -> None:
    # 0 beats 1 two to one, 1 beats 2 two to one, 0 and 2 never met: ln 2 and ln 2, so 4 to 1 between 0 and 2
    fitted = bradley_terry(np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]))
    assert fitted - 1000 == pytest.approx([400 * math.log10(2), 0, -400 * math.log10(2)], abs=1e-3)


def test_a_condition_that_never_lost_has_a_finite_score() -> None:
    fitted = bradley_terry(np.array([[0.0, 5.0], [0.0, 0.0]]))
    assert np.isfinite(fitted).all()
    assert fitted[0] > fitted[1]


def test_elo_by_hand() -> None:
    # from even, the winner gains half of K = 16; then 1008 expects 1 / (1 + 10^(-16/400)) = 0.52301 and loses that
    played = elo(games((0, 0, 1, 1), (0, 0, 1, 0)), np.array([[0, 1], [0, -1]]))
    assert played[0, 0] == pytest.approx(1008 - 16 * 0.52301, abs=1e-3)
    assert played[1].tolist() == [1008, 992]


def test_intervals_come_from_the_raters_and_hold_the_score() -> None:
    rows = [(rater, 0, 1, float(rater % 4 != 0)) for rater in range(40) for _ in range(5)]
    first, _ = strengths(games(*rows))
    low, high = first.bradley_terry_low, first.bradley_terry_high
    assert low is not None
    assert high is not None
    assert first.elo_low is not None
    assert first.elo_high is not None
    assert low < first.bradley_terry < high
    assert first.elo_low < first.elo < first.elo_high
    # 40 raters of one mind each: the spread is that of 40 answers, not of 200
    se = math.sqrt(0.75 * 0.25 / 40) / (0.75 * 0.25)  # of the log odds, by the delta method
    width = 2 * 1.96 * se / 2 * 400 / math.log(10)
    assert high - low == pytest.approx(width, rel=0.25)


def test_raters_who_all_answer_alike_leave_the_chance_of_their_games() -> None:
    first, _ = strengths(games(*((rater, 0, 1, score) for rater in range(5) for score in (1, 1, 0))))
    half = 400 / math.log(10) / 2  # points of one of two conditions, per log odds between them
    assert first.bradley_terry == pytest.approx(1000 + half * math.log(2))
    reach = 1.959964 * half * math.sqrt(1 / 10 + 1 / 5)  # of log odds of 10 to 5
    assert first.bradley_terry_low == pytest.approx(first.bradley_terry - reach, rel=1e-4)
    assert first.bradley_terry_high == pytest.approx(first.bradley_terry + reach, rel=1e-4)


def test_one_rater_gives_no_interval() -> None:
    first, _ = strengths(games((0, 0, 1, 1), (0, 0, 1, 0)))
    assert (first.bradley_terry_low, first.elo_high) == (None, None)


def test_a_side_is_even_where_its_interval_holds_one_half() -> None:
    even, bent = side_share(left=52, decided=100), side_share(left=80, decided=100)
    assert (even.low, even.high) == pytest.approx((0.4232, 0.6154), abs=1e-3)  # Wilson, by hand
    assert bent.low == pytest.approx(0.7112, abs=1e-3)  # Wilson: (0.8 + 0.0192 - 0.0803) / 1.0384
    assert side_share(left=0, decided=0).share is None


@pytest.fixture
def study() -> Study:
    """Two raters, four choices: steered won two and a half of four."""
    study = make_study(design=Design.PAIRWISE, ties_allowed=True)
    one, other = make_participation(study=study), make_participation(study=study)
    pairs = [make_pair(study=study) for _ in range(2)]
    make_choice(participation=one, pair=pairs[0], answer=Answer.LEFT, left=Side.B)  # steered
    make_choice(participation=one, pair=pairs[1], answer=Answer.RIGHT, left=Side.A)  # steered
    make_choice(participation=other, pair=pairs[0], answer=Answer.LEFT, left=Side.A)  # plain
    make_choice(participation=other, pair=pairs[1], answer=Answer.TIE, left=Side.A)
    return study


@pytest.mark.django_db
def test_figures_of_a_study_by_hand(study: Study) -> None:
    robot = make_participation(study=study, rater=make_rater(is_simulated=True))
    make_choice(participation=robot, pair=Pair.objects.first(), answer=Answer.LEFT)
    figures = comparison_figures(study=study)
    plain, steered = figures.conditions
    assert (figures.choices, figures.raters, figures.ties) == (4, 2, 1)
    assert (figures.sides.left, figures.sides.decided) == (2, 3)
    assert list(map(list, figures.wins)) == [[0, 1.5], [2.5, 0]]
    assert steered.win_share == 2.5 / 4
    assert steered.bradley_terry - plain.bradley_terry == pytest.approx(400 * math.log10(2.5 / 1.5), abs=1e-3)


@pytest.mark.django_db
def test_a_study_without_choices_has_empty_figures() -> None:
    figures = comparison_figures(study=make_study(design=Design.PAIRWISE))
    assert (figures.choices, figures.conditions, figures.sides.share) == (0, (), None)


@pytest.mark.django_db
def test_the_worker_computes_once_per_state_of_the_choices(study: Study) -> None:
    assert outdated_studies() == [study]
    assert measure_study(study_id=study.pk) is not None
    assert measure_study(study_id=study.pk) is None
    assert outdated_studies() == []
    make_choice(participation=make_participation(study=study), pair=Pair.objects.first())
    assert outdated_studies() == [study]


@pytest.mark.django_db
def test_the_page_shows_scores_wins_and_sides_and_gives_their_data(study: Study, admin_client: Client) -> None:
    page = reverse("admin:ratings_study_quality", args=[study.pk])
    assert "Not measured yet" in admin_client.get(page).content.decode()
    measure_study(study_id=study.pk)
    text = admin_client.get(page).content.decode()
    assert all(words in text for words in ("Went left", "67%", "Bradley-Terry", "Who beat whom", "steered", "1044"))
    data = admin_client.get(reverse("admin:ratings_study_quality_plot", args=[study.pk, "bradley-terry", "json"]))
    assert [row["condition"] for row in data.json()["rows"]] == ["plain", "steered"]
    wins = admin_client.get(reverse("admin:ratings_study_quality_plot", args=[study.pk, "wins", "csv"]))
    assert wins.content.decode().splitlines()[1] == "plain,0.0,1.5"
    assert QualityReport.objects.count() == 1


@pytest.mark.django_db
def test_the_study_page_counts_pairs_and_choices(study: Study, admin_client: Client) -> None:
    text = admin_client.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    assert "4 of 30 places taken" in text  # two pairs that want fifteen raters each
    assert "the scores are under Quality" in text


@pytest.mark.django_db
def test_a_changed_target_reaches_the_pairs_that_anyone_may_be_asked(study: Study) -> None:
    personal = make_pair(study=study, participation=study.participations.first(), target=1)
    study.target = 1
    set_targets(study=study)
    personal.refresh_from_db()
    assert personal.target == 1
    assert set(Pair.objects.exclude(pk=personal.pk).values_list("target", flat=True)) == {2}  # two are taken


@pytest.mark.django_db
def test_pairs_and_choices_are_listed_and_never_edited(study: Study, admin_client: Client) -> None:
    for name in ("pair", "choice"):
        page = admin_client.get(reverse(f"admin:ratings_{name}_changelist"))
        assert page.status_code == 200
        assert "steered" in page.content.decode()
        assert admin_client.get(reverse(f"admin:ratings_{name}_add")).status_code == 403
    pair = Pair.objects.first()
    assert pair is not None
    assert admin_client.get(reverse("admin:ratings_pair_change", args=[pair.pk])).status_code == 200
