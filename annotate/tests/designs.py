"""One small study of every design, with pictures, raters and answers: what `test_every_design` runs everything on.

A new design adds its maker to `WORLDS`, and is then run through every command, task, job, page and call there is.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from ratings.choices import Design, JobState, PurgedRatings, StudyState
from ratings.models import (
    AuditEntry,
    Dataset,
    Delivery,
    Dump,
    Image,
    Job,
    Participation,
    QualityFlag,
    QualityReport,
    Study,
)
from ratings.registry import design_named
from ratings.services.dumps import DumpFilters, request_dump
from ratings.services.purging import begin_purge
from ratings.services.quality.requests import request_report
from ratings.services.uploads.store import keep_files, request_picture_import
from ratings.tests.factories import (
    make_choice,
    make_image,
    make_pair,
    make_participation,
    make_rater,
    make_rating,
    make_study,
    make_study_image,
    picture_bytes,
)
from ratings.tests.receivers import waiting_mail
from scoring.models import (
    HubPush,
    SteeringRun,
    StudyPlan,
    Taste,
    TasteProfile,
    TrackedRun,
    TrainingRun,
    VersionComparison,
)
from scoring.services import request_training
from scoring.tests.factories import make_steering_run, make_version

ITEMS = 4  # of which one rater has answered the first two
PROFILE = {"age": "18-29"}
SCALES = [
    {"key": "liking", "label": "Do you like it?", "labels": {"1": "not at all", "5": "very much"}},
    {"key": "beauty", "label": "Is it beautiful?", "labels": {"1": "ugly", "5": "beautiful"}},
]


@dataclass(frozen=True, kw_only=True)
class World:
    """A study that is open, and somebody who takes part and is not through."""

    study: Study
    participation: Participation


def shown_picture() -> Image:
    """Make an image whose file exists."""
    image = make_image(width=64, height=48, renditions=[])
    default_storage.save(image.path, ContentFile(picture_bytes(image_format="WEBP")))
    return image


def begun(design: Design, **settings: Any) -> World:
    """Make an open study without items, and enrol somebody."""
    title = f"Study of {design_named(design).items}"
    study = make_study(design=design, slug=design.value, title=title, quota=ITEMS, **settings)
    return World(study=study, participation=make_participation(study=study, rater=make_rater(answers=PROFILE)))


def rating_world() -> World:
    """Make a study whose images are rated one at a time."""
    world = begun(Design.RATING)
    rows = [make_study_image(study=world.study, image=shown_picture()) for _ in range(ITEMS)]
    for row in rows[:2]:
        make_rating(participation=world.participation, study_image=row)
    return world


def scales_world() -> World:
    """Make a study whose images are rated on two scales."""
    world = begun(Design.SCALES, scales=SCALES)
    rows = [make_study_image(study=world.study, image=shown_picture()) for _ in range(ITEMS)]
    for row in rows[:2]:
        make_rating(participation=world.participation, study_image=row, scales={"beauty": 2.0})
    return world


def best_worst_world() -> World:
    """Make a study in which the best and the worst of three pictures are chosen."""
    world = begun(Design.BEST_WORST, set_size=3)
    images = [make_study_image(study=world.study, image=shown_picture()).image for _ in range(ITEMS + 2)]
    for number in range(ITEMS):
        one, other, third = images[number : number + 3]
        pair = make_pair(
            study=world.study,
            image_a=one,
            image_b=other,
            image_c=third,
            condition_a="a",
            condition_b="b",
            condition_c="c",
        )
        if number < 2:
            make_choice(participation=world.participation, pair=pair, answer="1>3")
    return world


def pairwise_world() -> World:
    """Make a study whose images, uploaded into it as the admin does, are compared two at a time."""
    world = begun(Design.PAIRWISE)
    images = [make_study_image(study=world.study, image=shown_picture()).image for _ in range(ITEMS + 1)]
    for number in range(ITEMS):
        pair = make_pair(study=world.study, image_a=images[number], image_b=images[number + 1])
        if number < 2:
            make_choice(participation=world.participation, pair=pair)
    return world


WORLDS: Mapping[Design, Callable[[], World]] = {
    Design.RATING: rating_world,
    Design.SCALES: scales_world,
    Design.PAIRWISE: pairwise_world,
    Design.BEST_WORST: best_worst_world,
}


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Where a design has its calls, and an answer that it takes."""

    leases: str
    answers: str
    skip: str
    answer: Mapping[str, Any]
    changed: Mapping[str, Any]  # another answer


RATED = {"leases": "leases", "answers": "ratings", "skip": "assignments"}
COMPARED = {"leases": "pairs/leases", "answers": "choices", "skip": "pairs"}
CALLS: Mapping[Design, Calls] = {
    Design.RATING: Calls(**RATED, answer={"value": 4}, changed={"value": 2}),
    Design.SCALES: Calls(
        **RATED,
        answer={"value": 4, "scales": {"beauty": 5}},
        changed={"value": 2, "scales": {"beauty": 1}},
    ),
    Design.PAIRWISE: Calls(**COMPARED, answer={"choice": "left"}, changed={"choice": "right"}),
    Design.BEST_WORST: Calls(**COMPARED, answer={"choice": "1>3"}, changed={"choice": "3>2"}),
}


SETTINGS = {
    Design.SCALES: """\
trained_scale = "beauty"
scales = [
  {key = "liking", label = "Do you like it?", labels = {1 = "not at all", 5 = "very much"}},
  {key = "beauty", label = "Is it beautiful?", labels = {1 = "ugly", 5 = "beautiful"}},
]
""",
    Design.BEST_WORST: "set_size = 3\n",
}


def description(design: Design) -> str:
    """Describe a study of a design in TOML, as `create_study` reads it."""
    return f'title = "Described"\ndesign = "{design.value}"\n{SETTINGS.get(design, "")}'


def queued_delivery(world: World) -> Delivery:
    """Hand in a picture for the study."""
    upload = SimpleUploadedFile("one.png", picture_bytes(width=300, height=300))
    return request_picture_import(study=world.study, folder=keep_files(files={"pictures": [upload]}), actor=None)


def queued_dump(world: World) -> Dump:
    """Ask for a dump."""
    return request_dump(study=world.study, format="csv", filters=DumpFilters(), requested_by=None)


def queued_report(world: World) -> QualityReport:
    """Ask for the quality to be measured."""
    report = request_report(study=world.study)
    assert report is not None
    return report


def queued_training(world: World) -> TrainingRun:
    """Ask for a training run."""
    return request_training(study=world.study, reason="test", requested_by=None)


def queued_steering(world: World) -> SteeringRun:
    """Have pictures searched for in a study that has no model yet."""
    return make_steering_run(participation=world.participation, state=JobState.QUEUED)


def queued_profile(world: World) -> TasteProfile:
    """Have a taste compared in a study that has no model yet."""
    return TasteProfile.objects.create(participation=world.participation)


def queued_push(world: World) -> HubPush:
    """Have a dump sent to the Hub, which an installation without a token may not."""
    dump = Dump.objects.filter(study=world.study).first() or queued_dump(world)
    return HubPush.objects.create(study=world.study, dump=dump, repository="lab/birds")


def queued_plan(world: World) -> StudyPlan:
    """Ask for what a wanted precision takes."""
    return StudyPlan.objects.create(study=world.study)


def queued_comparison(world: World) -> VersionComparison:
    """Ask for two versions to be measured, which hold no model."""
    older, newer = make_version(study=world.study), make_version(study=world.study)
    return VersionComparison.objects.create(study=world.study, newer=newer, older=older)


def queued_tracking(world: World) -> TrackedRun:
    """Have a failed run logged to a tracker that this installation does not name."""
    run = TrainingRun.objects.create(study=world.study, reason="test", state=JobState.FAILED)
    return TrackedRun.objects.create(study=world.study, run=run, tracker="mlflow")


JOBS: Mapping[type[Job], Callable[[World], Job]] = {
    Delivery: queued_delivery,
    Dump: queued_dump,
    QualityReport: queued_report,
    TrainingRun: queued_training,
    SteeringRun: queued_steering,
    TasteProfile: queued_profile,
    HubPush: queued_push,
    StudyPlan: queued_plan,
    VersionComparison: queued_comparison,
    TrackedRun: queued_tracking,
}


def furnish(world: World) -> None:
    """Add a row of everything that the admin shows of a study."""
    for queued in JOBS.values():
        queued(world)
    version = make_version(study=world.study)
    Taste.objects.create(model_version=version, participation=world.participation, posterior=b"\x00", rating_count=2)
    QualityFlag.objects.create(participation=world.participation, reason="fast", finding="Too fast.")
    Dataset.objects.create(name="birds", scale_min=1, scale_max=5)
    AuditEntry.objects.create(action="test", target=world.study.slug, actor=User.objects.first())


def finish(world: World) -> None:
    """Let the rater have finished, and the study be closed."""
    world.participation.state = "complete"
    world.participation.save(update_fields=["state"])
    Study.objects.filter(pk=world.study.pk).update(state=StudyState.CLOSED)


def table_of(rows: list[dict[str, Any]]) -> str:
    """Write rows as CSV."""
    out = io.StringIO()
    out.write(",".join(rows[0]) + "\n")
    out.writelines(",".join(map(str, row.values())) + "\n" for row in rows)
    return out.getvalue()


def purged_digest(world: World) -> str:
    """Begin to purge a picture of the study, and give its digest."""
    digest = world.study.study_images.all()[0].image.sha256
    begin_purge(sha256=digest, ratings=PurgedRatings.KEEP)
    return digest


def task_argument(name: str, world: World) -> Any:
    """Give what a task is called with; a parameter that nobody knows fails here."""
    known: Mapping[str, Callable[[], Any]] = {
        "participation_ids": lambda: [str(world.participation.pk)],
        "participation_id": lambda: str(world.participation.pk),
        "study_id": lambda: world.study.pk,
        "sha256": lambda: purged_digest(world),
        "kind": lambda: QualityReport._meta.label,
        "job_id": lambda: queued_report(world).pk,
        "notification_id": lambda: waiting_mail(study=world.study).pk,
    }
    return known[name]()
