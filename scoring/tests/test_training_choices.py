"""A study of choices alone trains a model, which is measured on choices kept out, goes live and learns on."""

import uuid
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone

from ratings.choices import Answer, Design, JobState, OffReason
from ratings.models import Assignment, Choice, Pair, PairAssignment
from ratings.tests.factories import make_choice, make_study
from scoring.exceptions import ModelConflictError
from scoring.metrics import ChoiceMetrics, GameFigures, MeasuredFigure, VersionMetrics
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelState, ModelVersion, Representation, Taste
from scoring.pipeline.serving import catch_up, learn
from scoring.pipeline.serving.live import live_model, stored_representation
from scoring.pipeline.serving.release import export_release
from scoring.selectors.choices import KEPT_OUT, choices_to_learn, is_kept_out, study_choices
from scoring.selectors.training import studies_wanting_training
from scoring.services.version_comparisons import request_comparison
from scoring.tests.choosing import make_choosing_world
from scoring.tests.learning import trained, trained_version
from scoring.verdicts import MODELS, promotion, verdict_on

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("design", [Design.PAIRWISE, Design.BEST_WORST])
def test_choices_train_a_model_that_goes_live_with_its_figures_and_tastes(design: Design) -> None:
    study = make_choosing_world(design=design).world.study
    version = trained_version(study)
    choices = study_choices(study=study)
    found = version.measured.choices
    assert version.state == ModelState.LIVE
    assert found is not None
    assert (found.learned, found.test_choices) == (len(choices.learnable), len(choices.test))
    assert found.test_games >= found.test_choices > 0
    assert found.personal is not None
    assert found.personal.accuracy is not None
    assert found.personal.accuracy.raters == len({row.participation_id for row in choices.test})
    assert set(found.lead) == {"global", "one-utility"}
    assert version.measured.as_json() == version.metrics
    shown = {image for row in choices.learnable for image in row.shown}
    assert shown <= set(Representation.objects.filter(model_version=version).values_list("image_id", flat=True))
    assert Taste.objects.filter(model_version=version).count() == 6
    assert trained(study).stage == "nothing new since v1"


def test_what_a_few_choices_of_a_new_rater_bring_is_measured_where_raters_and_choices_are_enough() -> None:
    choosing = make_choosing_world(raters=9, each=40)
    found = trained_version(choosing.world.study).measured.choices
    assert found is not None
    assert set(found.choices_known) == {"0", "5", "10", "25"}  # a fifth of 40 is kept out: nobody has 50
    lines = [found.choices_known[known].log_likelihood for known in ("0", "25")]
    nothing, many = (line.value if line and line.value is not None else np.nan for line in lines)
    assert many > nothing + 0.02
    accuracy = found.choices_known["0"].accuracy
    assert accuracy is not None
    assert accuracy.raters == 9
    few = make_choosing_world(raters=5)
    small = trained_version(few.world.study).measured.choices
    assert small is not None
    assert small.choices_known == {}


def test_the_model_has_learned_what_each_rater_likes() -> None:
    choosing = make_choosing_world(raters=0)
    people = [choosing.world.add_rater() for _ in range(8)]
    for person in people:
        for _ in range(50):
            choosing.choose(person)
    version = trained_version(choosing.world.study)
    images = [row.image_id for row in choosing.world.rows]
    serving = live_model(choosing.world.study)
    assert serving is not None
    known, seen = stored_representation(version=version, images=images)
    assert known == images
    agreement = []
    for person in people:
        taste = TastePosterior.from_bytes(bytes(Taste.objects.get(participation=person.participation).posterior))
        liked = [
            float(0.2 * choosing.world.looks[one][0] + 0.4 * person.weights @ choosing.world.looks[one])
            for one in images
        ]
        agreement.append(np.corrcoef(serving.model.predict(seen, taste).mean, liked)[0, 1])
    assert np.mean(agreement) > 0.6


def test_a_live_model_learns_each_further_choice_but_those_kept_out() -> None:
    choosing = make_choosing_world()
    version = trained_version(choosing.world.study)
    newcomer = choosing.world.add_rater()
    given = [choosing.choose(newcomer) for _ in range(30)]
    learn.learn_from_choices(participation_id=newcomer.participation.pk)
    kept_out = sum(is_kept_out(choice.assignment) for choice in given)
    assert len(choices_to_learn(participation=newcomer.participation)) == 30 - kept_out
    taste = Taste.objects.get(model_version=version, participation=newcomer.participation)
    assert TastePosterior.from_bytes(bytes(taste.posterior)).count == 30 - kept_out


def test_about_a_fifth_is_kept_out_by_a_draw_that_no_answer_moves() -> None:
    drawn = [is_kept_out(PairAssignment(participation_id=uuid.UUID(int=7), pair_id=pair)) for pair in range(1000)]
    assert KEPT_OUT == 0.2
    assert 150 <= sum(drawn) <= 250
    choice = make_choice(answer=Answer.LEFT)
    before = is_kept_out(choice.assignment)
    Choice.objects.filter(pk=choice.pk).update(answer=Answer.RIGHT)
    assert is_kept_out(Choice.objects.get(pk=choice.pk).assignment) == before


def test_a_version_is_compared_with_the_live_one_on_the_same_choices() -> None:
    choosing = make_choosing_world()
    first = trained_version(choosing.world.study)
    choosing.add_chooser(each=24)
    second = trained_version(choosing.world.study)
    found = second.measured.choices
    assert found is not None
    assert found.live_version == str(first)
    assert "live" in found.lead
    with pytest.raises(ModelConflictError, match="learned from choices: its page says how it stands"):
        request_comparison(version=second, other=first, requested_by=None)


def test_no_image_is_queued_for_raters_who_compare_several_at_once() -> None:
    choosing = make_choosing_world()
    choosing.world.study.study_images.update(is_active=True, is_practice=False)
    trained_version(choosing.world.study)
    person = choosing.world.add_rater()
    choosing.choose(person)
    learn.learn_from_choices(participation_id=person.participation.pk)
    learn.refill_queue(participation_id=person.participation.pk)
    catch_up.follow_live_model(study_id=choosing.world.study.pk)
    assert not Assignment.objects.exists()


def test_comparisons_taken_off_for_a_fault_teach_nothing() -> None:
    choosing = make_choosing_world(raters=1, each=10)
    before = study_choices(study=choosing.world.study).count
    Pair.objects.filter(study=choosing.world.study, ordinal=0).update(
        is_active=False, off_reason=OffReason.DAMAGED, off_at=timezone.now()
    )
    assert (before, study_choices(study=choosing.world.study).count) == (10, 9)


def test_too_few_choices_and_choices_for_another_study_train_nothing_and_say_why() -> None:
    run = trained(make_choosing_world(raters=1, each=9).world.study)
    assert (run.state, run.stage) == (JobState.SKIPPED, "too few choices to learn from")
    assert "collect at least 30 choices among 10 images first" in run.log
    run = trained(make_study(design=Design.PAIRWISE, taste_from=make_study()))
    assert (run.state, run.stage) == (JobState.SKIPPED, "its choices teach another study's model")
    assert "named in “Taste from”" in run.log


def test_so_many_new_choices_start_a_run() -> None:
    choosing = make_choosing_world(raters=1, each=4, retrain_every=5)
    assert studies_wanting_training() == []
    choosing.add_chooser(each=1)
    assert studies_wanting_training() == [choosing.world.study]
    trained(choosing.world.study)
    assert studies_wanting_training() == []


def measured(**lead: tuple[float, float, float]) -> VersionMetrics:
    def found(value: float, low: float, high: float) -> MeasuredFigure:
        return MeasuredFigure(value=value, low=low, high=high, raters=12)

    figures = GameFigures(accuracy=found(0.7, 0.65, 0.75), log_likelihood=found(-0.55, -0.6, -0.5))
    return VersionMetrics(
        choices=ChoiceMetrics(
            learned=900,
            test_choices=240,
            test_games=240,
            personal=figures,
            one_utility=figures,
            everybody=figures,
            live=figures if "live" in lead else None,
            live_version="v1" if "live" in lead else "",
            lead={name.replace("_", "-"): found(*ends) for name, ends in lead.items()},
        )
    )


def test_a_version_that_gives_less_chance_to_what_was_chosen_than_the_live_one_is_not_promoted() -> None:
    assert promotion(measured(live=(-0.03, -0.05, -0.01))).is_worse
    assert not promotion(measured(live=(-0.03, -0.07, 0.01))).is_worse
    assert not promotion(measured()).is_worse
    assert "nats per choice between two pictures" in promotion(measured(live=(-0.03, -0.05, -0.01))).point.evidence


def test_the_verdict_speaks_of_choices_in_their_own_unit() -> None:
    verdict = verdict_on(
        measured=measured(**{"global": (0.04, 0.02, 0.06), "one_utility": (0.03, -0.01, 0.07)}),
        name="v2",
        model_names=MODELS,
    )
    assert verdict.sentence == (
        "v2: it is right about 70% of choices between two pictures; knowing a rater's taste pays; it is the first to "
        "be measured; not shown to be better than the simpler “One utility for everybody”; next: use it, and retrain "
        "as choices come in."
    )
    assert "0.700 (0.650 to 0.750)" in verdict.points[0].evidence
    assert "chance is 0.500" in verdict.points[0].evidence


def test_a_version_without_kept_out_choices_says_that_nothing_was_measured() -> None:
    nothing = VersionMetrics(choices=ChoiceMetrics(learned=40))
    verdict = verdict_on(measured=nothing, name="v1", model_names=MODELS)
    assert "nothing was measured: no choice was kept out" in verdict.sentence
    assert ModelVersion().measured.choices is None


def test_a_model_of_choices_is_released_with_words_of_choices(tmp_path: Path) -> None:
    study = make_choosing_world().world.study
    export_release(version=trained_version(study), out=tmp_path / "out")
    words = (tmp_path / "out" / "README.md").read_text()
    assert "learned from choices alone" in words
    assert "choices among 24 images by 6 raters" in words
    assert "| **this model** | 0." in words
