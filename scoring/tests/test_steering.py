"""Searches for the picture that somebody likes: the search itself, its rows, its task and its command."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ratings.choices import JobState
from ratings.exceptions import ConflictError
from ratings.models import AuditEntry, Pair, Participation, Study, StudyImage
from ratings.models import Image as ImageRow
from ratings.services.withdraw import withdraw_rater
from scoring.exceptions import ModelConflictError, ModelMissingError, SteeringInProgressError, SteeringRejectedError
from scoring.generators.base import Generator, ImageRequest, PromptRefusedError
from scoring.generators.paced import PacedGenerator
from scoring.generators.sketch_generator import SketchGenerator
from scoring.models import SteeringMode, SteeringRun
from scoring.pipeline.steering import steer
from scoring.pipeline.steering.furthest_rater import furthest_rater
from scoring.prompts.attributes import parse_prompt
from scoring.services.steering import (
    SteeringOrder,
    cancel_steering,
    discard_unused_pictures,
    request_steering,
    resume_steering,
)
from scoring.steering import (
    Judged,
    Liking,
    Search,
    SearchPlan,
    SearchTrial,
    best_per_iteration,
    best_trial,
    boldness,
    is_sound,
)
from scoring.tests.learning import Person, World, make_served_study, make_world, trained_version
from scoring.tests.prompts import subject_of
from scoring.writers.attributes_writer import AttributesWriter

PROMPT = "a vase and fruit on a table"
SIDE = 64


def liking_of(prompt: str) -> Liking:
    """Like pictures in ember colours, and misty ones; everybody is indifferent."""
    stated = parse_prompt(prompt).stated
    mean = 2.0 + (stated.get("palette") == "ember") + (stated.get("lighting") == "misty")
    return Liking(mean=mean, sd=0.1, everybody=3.0)


def judge(prompts: Sequence[str]) -> list[Judged]:
    """Judge without drawing."""
    return [Judged(picture=prompt, liking=liking_of(prompt)) for prompt in prompts]


class TestSearch:
    """The search, without database or pictures."""

    def search(self, **plan: int) -> Search:
        return Search(
            plan=SearchPlan(prompt=PROMPT, **{"iterations": 5, "variants": 10, **plan}),
            writer=AttributesWriter(),
            judge=judge,
        )

    def test_it_draws_the_prompt_as_given_first_and_finds_what_is_liked(self) -> None:
        search = self.search(variants=30)
        iterations = list(search.run())
        assert [len(trials) for trials in iterations] == [1, 30, 30, 30, 30, 30]
        assert iterations[0][0].prompt == PROMPT
        best = best_trial(search.trials)
        assert best.liking.mean == 4.0
        assert subject_of(best.prompt) == subject_of(PROMPT)
        path = [trial.liking.mean for trial in best_per_iteration(search.trials)]
        assert path == sorted(path)

    def test_it_goes_on_where_it_was_left(self) -> None:
        whole = self.search()
        list(whole.run())
        first = self.search()
        kept = [trials for trials, _ in zip(first.run(), range(3), strict=False)]
        rest = self.search()
        rest.trials = [trial for trials in kept for trial in trials]
        assert [trials[0].iteration for trials in rest.run()] == [3, 4, 5]
        assert rest.trials == whole.trials

    def test_no_iterations_draw_the_prompt_as_it_is_and_nothing_else(self) -> None:
        search = self.search(iterations=0)
        assert [len(trials) for trials in search.run()] == [1]

    def test_it_is_bold_at_first_and_careful_in_the_end(self) -> None:
        assert [boldness(iteration, 5) for iteration in (1, 3, 5)] == [1.0, 0.0, -1.0]
        assert boldness(1, 1) == -1.0

    def test_a_picture_that_everybody_likes_less_or_that_left_its_prompt_is_never_best(self) -> None:
        given = Liking(mean=2.0, sd=0.1, everybody=3.0, fit=0.30)
        assert is_sound(Liking(mean=5.0, sd=0.1, everybody=3.0, fit=0.29), given)
        assert not is_sound(Liking(mean=5.0, sd=0.1, everybody=2.9, fit=0.30), given)
        assert not is_sound(Liking(mean=5.0, sd=0.1, everybody=3.0, fit=0.20), given)
        assert is_sound(Liking(mean=5.0, sd=0.1, everybody=3.0, fit=None), given)

    def test_of_everybodys_liking_only_what_is_sure_counts_and_a_fit_that_is_enough_passes(self) -> None:
        bare = Liking(mean=2.0, sd=0.1, everybody=3.6, everybody_sd=0.9, fit=0.99)
        sure = Liking(mean=3.0, sd=0.1, everybody=3.2, everybody_sd=0.4, fit=0.60)
        assert is_sound(sure, bare, enough_fit=0.5)
        assert not is_sound(sure, bare)
        assert not is_sound(Liking(mean=3.0, sd=0.1, everybody=3.2, everybody_sd=0.6, fit=0.99), bare)

    def test_of_two_liked_alike_the_surer_is_best(self) -> None:
        vague, sure = (
            SearchTrial(iteration=1, variant=place, prompt="", changes={}, picture="", liking=liking)
            for place, liking in enumerate(
                (Liking(mean=3.0, sd=1.0, everybody=3.0), Liking(mean=3.0, sd=0.2, everybody=3.0))
            )
        )
        assert best_trial([vague, sure]) is sure
        assert vague.reward(1.0) > sure.reward(1.0)


def order(person: Person, **fields: object) -> SteeringOrder:
    """Order a small search."""
    return SteeringOrder(
        **{  # type: ignore[arg-type]
            "participation": person.participation,
            "prompt": PROMPT,
            "generator": "sketch",
            "writer": "attributes",
            "iterations": 2,
            "variants": 3,
            "side": SIDE,
            **fields,
        }
    )


def learned_world() -> World:
    """Make a study whose raters' tastes are known."""
    world = make_world(raters=4, each=30)
    trained_version(world.study)
    return world


def person_of(world: World, place: int = 0) -> Person:
    """Give somebody who has rated."""
    row = Participation.objects.filter(study=world.study).order_by("created_at")[place]
    return Person(world=world, participation=row, weights=None)


def done(run: SteeringRun) -> SteeringRun:
    """Do a run here and now."""
    steer.steer(run_id=run.pk)
    run.refresh_from_db()
    return run


class Failing:
    """Draws the first pictures, then fails as ordered."""

    name = key = "failing"

    def __init__(self, error: Exception, *, calls: int) -> None:
        self.error, self.calls = error, calls

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw, or fail."""
        self.calls -= 1
        if self.calls < 0:
            raise self.error
        return SketchGenerator().generate(requests)


@pytest.mark.django_db
class TestRuns:
    """Runs as rows."""

    def test_a_run_keeps_every_step_settles_on_a_sound_one_and_draws_nothing_twice(self) -> None:
        world = learned_world()
        person = person_of(world)
        run = done(request_steering(order=order(person), requested_by=None))
        assert (run.state, run.error, run.progress) == (JobState.SUCCEEDED, "", 1.0)
        steps = list(run.steps.all())
        assert [(step.iteration, step.variant) for step in steps] == [
            (0, 0),
            *((i, v) for i in (1, 2) for v in (0, 1, 2)),
        ]
        assert all(subject_of(step.prompt) == subject_of(PROMPT) for step in steps)
        assert run.best is not None
        assert run.best.is_sound
        assert (run.drawn, run.reused) == (7, 0)
        assert run.best.image.renditions or run.best.image.path
        assert not StudyImage.objects.filter(image__steering_steps__run=run).exists()  # no rater is handed them
        again = done(request_steering(order=order(person), requested_by=None))
        assert (again.drawn, again.reused) == (0, 7)
        assert [step.image_id for step in again.steps.all()] == [step.image_id for step in steps]
        assert AuditEntry.objects.filter(action="steer").count() == 2

        other = furthest_rater(participation=person.participation)
        assert other is not None
        assert other != person.participation
        modes = {
            SteeringMode.OTHER: order(person, mode=SteeringMode.OTHER),
            SteeringMode.GLOBAL: order(person, mode=SteeringMode.GLOBAL),
            SteeringMode.NONE: order(person, mode=SteeringMode.NONE),
        }
        runs = {mode: done(request_steering(order=one, requested_by=None)) for mode, one in modes.items()}
        assert {run.state for run in runs.values()} == {JobState.SUCCEEDED}
        assert runs[SteeringMode.OTHER].judge == other
        assert runs[SteeringMode.NONE].steps.count() == 1
        for step in runs[SteeringMode.GLOBAL].steps.all():
            assert step.score == pytest.approx(step.everybody)

        pictures = [step.image for step in run.steps.select_related("image")]
        withdraw_rater(rater=person.participation.rater, actor=None)
        assert not SteeringRun.objects.exists()
        assert discard_unused_pictures() == 0
        assert not ImageRow.objects.filter(pk__in=[image.pk for image in pictures]).exists()

    @pytest.mark.slow
    def test_a_search_that_failed_says_why_and_goes_on_after_its_last_whole_iteration(self) -> None:
        world = learned_world()
        run = request_steering(order=order(person_of(world)), requested_by=None)
        refusal = PromptRefusedError("the generator declines this prompt: change its words")
        steer.steer(run_id=run.pk, generator_for=lambda _: Failing(refusal, calls=2))
        run.refresh_from_db()
        assert (run.state, run.error_code) == (JobState.FAILED, "generator_prompt_refused")
        assert "declines" in run.error
        assert [step.iteration for step in run.steps.all()] == [0, 1, 1, 1]
        resume_steering(run=run, actor=None)
        run.refresh_from_db()
        assert done(run).state == JobState.SUCCEEDED
        assert run.steps.count() == 7
        with pytest.raises(ModelConflictError):
            resume_steering(run=run, actor=None)

    @pytest.mark.slow
    def test_pictures_drawn_before_an_interruption_count_towards_what_a_run_may_spend(self) -> None:
        run = request_steering(order=order(person_of(learned_world())), requested_by=None)

        def thrifty(run: SteeringRun) -> Generator:
            return PacedGenerator(SketchGenerator(), per_minute=0, most=3, asked=run.drawn)

        for _ in range(2):  # a whole first picture, and all that is left of the budget: no more at the second try
            steer.steer(run_id=run.pk, generator_for=thrifty)
            run.refresh_from_db()
            assert (run.state, run.error_code, run.drawn) == (JobState.FAILED, "generator_budget_spent", 1)
            resume_steering(run=run, actor=None)
        assert done(run).state == JobState.SUCCEEDED
        run.refresh_from_db()
        assert run.drawn == run.steps.values("image").distinct().count()

    @pytest.mark.slow
    def test_a_cancelled_search_stops_and_keeps_what_it_has(self) -> None:
        run = request_steering(order=order(person_of(learned_world())), requested_by=None)

        def cancel_meanwhile(stage: str, share: float) -> None:
            if stage.startswith("iteration 1"):
                cancel_steering(run=run, actor=None)

        steer.steer(run_id=run.pk, on_progress=cancel_meanwhile)
        run.refresh_from_db()
        assert run.state == JobState.CANCELLED
        assert run.steps.filter(is_best=True).count() == 0
        with pytest.raises(ConflictError):
            cancel_steering(run=run, actor=None)

    def test_what_cannot_be_steered_is_refused_in_a_sentence_and_leaves_no_row(self) -> None:
        world = make_served_study()
        person = world.add_rater()
        with pytest.raises(SteeringRejectedError, match="knows nothing of this rater"):
            request_steering(order=order(person), requested_by=None)
        for fields, word in (
            ({"prompt": " "}, "at least one word"),
            ({"prompt": "x" * 3000}, "shorten"),
            ({"iterations": 0}, "iterations"),
            ({"variants": 0}, "variants"),
            ({"seed": -1}, "seed"),
            ({"mode": SteeringMode.OTHER}, "no other rater"),
        ):
            with pytest.raises(SteeringRejectedError, match=word):
                request_steering(order=order(person, **fields), requested_by=None)
        stranger = make_world(images=1).add_rater()
        with pytest.raises(ModelMissingError):
            request_steering(order=order(stranger, mode=SteeringMode.GLOBAL), requested_by=None)
        assert not SteeringRun.objects.exists()

    def test_the_same_search_does_not_go_on_twice_at_once(self) -> None:
        person = make_served_study().add_rater()
        wanted = order(person, mode=SteeringMode.GLOBAL)
        request_steering(order=wanted, requested_by=None)
        with pytest.raises(SteeringInProgressError):
            request_steering(order=wanted, requested_by=None)


def command(tmp_path: Path, **changes: object) -> None:
    """Run the command on a small search."""
    options = {
        "study": "nowhere",
        "rater": "nobody",
        "prompt": PROMPT,
        "iterations": 1,
        "variants": 2,
        "side": SIDE,
        "out": str(tmp_path / "out"),
        **changes,
    }
    call_command("steer", **options)


@pytest.mark.django_db
class TestCommand:
    """The command."""

    def test_it_writes_the_best_pictures_and_all_steps(self, tmp_path: Path) -> None:
        world = learned_world()
        person = person_of(world)
        command(tmp_path, study=world.study.slug, rater=str(person.participation.rater_id))
        with (tmp_path / "out" / "steps.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == ["iteration", "variant", "prompt", "image", "score", "sd"]
        assert [(row["iteration"], row["variant"]) for row in rows] == [("0", "0"), ("1", "0"), ("1", "1")]
        named = [row["image"] for row in rows if row["image"]]
        assert len(named) >= 2
        for name in named:
            with Image.open(tmp_path / "out" / name) as picture:
                assert picture.size == (SIDE, SIDE)
        assert sum("best" in name for name in named) == 1

    def test_bad_input_is_one_sentence_and_exit_code_2(self, tmp_path: Path) -> None:
        world = make_served_study()
        person = world.add_rater()
        known = {"study": world.study.slug, "rater": str(person.participation.pk)}
        for changes, word in (
            ({}, "nowhere"),
            ({"study": world.study.slug}, "nobody"),
            ({**known, "mode": "sideways"}, "sideways"),
            ({**known, "generator": "crayon"}, "crayon"),
            ({**known, "writer": "shakespeare"}, "shakespeare"),
            ({**known, "iterations": 0}, "iterations"),
            ({**known, "prompt": ""}, "word"),
            (known, "knows nothing"),
            ({**known, "mode": "other", "other": "ghost"}, "ghost"),
            ({**known, "mode": "global", "side": 7}, "side"),
        ):
            with pytest.raises(CommandError, match=word) as caught:
                command(tmp_path, **changes)
            assert caught.value.returncode == 2
        assert not (tmp_path / "out").exists()


@pytest.mark.django_db
class TestComparison:
    """The proof with people."""

    @pytest.mark.slow
    def test_one_command_makes_pictures_in_all_modes_and_a_study_that_compares_them_and_may_run_again(self) -> None:
        world = learned_world()
        options = {
            "study": world.study.slug,
            "slug": "side-by-side",
            "prompt": [PROMPT],
            "least": 5,
            "iterations": 1,
            "variants": 2,
            "side": SIDE,
        }
        call_command("compare_steering", **options)
        study = Study.objects.get(slug="side-by-side")
        assert (study.design, study.taste_from) == ("pairwise", world.study)
        invited = Participation.objects.filter(study=study)
        source = Participation.objects.filter(study=world.study)
        assert {row.rater_id for row in invited} == {row.rater_id for row in source}
        assert {row.consented_at for row in invited} == {row.consented_at for row in source}
        assert all(row.quota == max(row.pairs.count(), 1) for row in invited)
        before = SteeringRun.objects.count(), Pair.objects.count()
        assert before[0] == 4 * 4
        assert before[1] > 0
        call_command("compare_steering", **options)
        assert Pair.objects.count() == before[1]
        assert not SteeringRun.objects.exclude(state=JobState.SUCCEEDED).exists()

    def test_a_study_without_experienced_raters_or_with_a_name_that_is_taken_is_refused(self) -> None:
        world = make_served_study()
        world.add_rater()
        with pytest.raises(CommandError, match="Nobody in") as caught:
            call_command("compare_steering", study=world.study.slug, slug="new")
        assert caught.value.returncode == 2
        assert not Study.objects.filter(slug="new").exists()
