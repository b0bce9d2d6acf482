"""Make valid records for tests; every function takes only what the test cares about."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import F
from django.utils import timezone
from PIL import Image as Pillow

from ratings.choices import Answer, AssignmentKind, AssignmentState, Design, Policy, Side, StudyState
from ratings.models import (
    Assignment,
    Choice,
    Image,
    Pair,
    PairAssignment,
    Participation,
    Profile,
    Rater,
    Rating,
    Study,
    StudyImage,
)
from ratings.models.pair import IMAGE_FIELDS
from ratings.services.api_tokens import make_token
from ratings.services.permissions import ensure_groups

DETAILS = ("name", "prompt", "generator", "domain", "metadata")  # of an image, by the study that has it
PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def make_staff(name: str, *, group: str = "") -> User:
    """Make somebody who may enter the admin, with the rights of a group or none."""
    user = User.objects.create_user(name, is_staff=True)
    if group:
        ensure_groups()
        user.groups.add(Group.objects.get(name=group))
    return user


def make_api_key(*, user: User, **fields: Any) -> str:
    """Make a token that expires never, and give its key."""
    return make_token(user=user, actor=None, **{"name": f"script {secrets.token_hex(4)}", **fields})[1]


def make_study(**fields: Any) -> Study:
    """Make an open study without images; no practice unless asked for."""
    slug = fields.pop("slug", f"study-{secrets.token_hex(4)}")
    defaults = {
        "title": slug.replace("-", " ").title(),
        "state": StudyState.OPEN,
        "practice_count": 0,
        "consent_text": "Your answers are stored under a random name.",
    }
    return Study.objects.create(slug=slug, **{**defaults, **fields})


def make_image(*, study: Study | None = None, **fields: Any) -> Image:
    """Make an image record whose file does not exist; with a study, put it there, described as given."""
    details = {name: fields.pop(name) for name in DETAILS if study is not None and name in fields}
    token = secrets.token_hex(8)
    defaults = {
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
        "width": 768,
        "height": 768,
        "path": f"images/{token[:2]}/{token}.webp",
        "renditions": [{"width": 480, "height": 480, "path": f"images/{token[:2]}/{token}-480.webp"}],
        "placeholder": PLACEHOLDER,
    }
    image = Image.objects.create(**{**defaults, **fields})
    if study is not None:
        make_study_image(study=study, image=image, **details)
    return image


def make_study_image(*, study: Study | None = None, image: Image | None = None, **fields: Any) -> StudyImage:
    """Put an image into a study under the next number."""
    study = study or make_study()
    defaults = {
        "ordinal": study.study_images.count(),
        "shuffle": secrets.randbelow(10**9) / 10**9,
        "target": study.target,
        "name": f"{secrets.token_hex(8)}.png",
    }
    return StudyImage.objects.create(study=study, image=image or make_image(), **{**defaults, **fields})


def make_images(*, study: Study, count: int, **fields: Any) -> list[StudyImage]:
    """Put so many new images into a study."""
    details = {name: fields.pop(name) for name in DETAILS if name in fields}
    return [make_study_image(study=study, image=make_image(**fields), **details) for _ in range(count)]


def make_rater(*, answers: dict[str, str] | None = None, **fields: Any) -> Rater:
    """Make a rater; with answers, one who filled in the profile."""
    rater = Rater.objects.create(**fields)
    if answers is not None:
        Profile.objects.create(rater=rater, answers=answers)
    return rater


def make_participation(*, study: Study | None = None, rater: Rater | None = None, **fields: Any) -> Participation:
    """Enrol a rater."""
    study = study or make_study()
    defaults = {
        "quota": study.quota,
        "consent_version": study.consent_version,
        "consented_at": timezone.now(),
    }
    return Participation.objects.create(study=study, rater=rater or make_rater(), **{**defaults, **fields})


def make_assignment(
    *, participation: Participation | None = None, study_image: StudyImage | None = None, **fields: Any
) -> Assignment:
    """Put an image to a rater: queued unless given otherwise; a leased or rated one has its position and place."""
    participation = participation or make_participation()
    study_image = study_image or make_study_image(study=participation.study)
    now = timezone.now()
    defaults: dict[str, Any] = {"policy": Policy.COVERAGE, "propensity": 1.0, "kind": AssignmentKind.FRESH}
    if fields.get("state", AssignmentState.QUEUED) != AssignmentState.QUEUED:
        participation.served += 1
        participation.save(update_fields=["served"])
        defaults |= {"position": participation.served, "leased_at": now}
        defaults |= {"lease_expires_at": now + timedelta(minutes=20)}
    assignment = Assignment.objects.create(
        participation=participation, study_image=study_image, image=study_image.image, **{**defaults, **fields}
    )
    holds_place = assignment.state in {AssignmentState.LEASED, AssignmentState.RATED}
    if holds_place and assignment.kind == AssignmentKind.FRESH:
        StudyImage.objects.filter(pk=study_image.pk).update(taken=F("taken") + 1)
    return assignment


def make_rating(
    *,
    participation: Participation | None = None,
    study_image: StudyImage | None = None,
    value: float | None = 3.0,
    assignment: dict[str, Any] | None = None,
    **fields: Any,
) -> Rating:
    """Make a rating and the rated assignment that it answers; `assignment` holds fields of the latter."""
    answered = make_assignment(
        participation=participation,
        study_image=study_image,
        **{"state": AssignmentState.RATED, "closed_at": timezone.now(), **(assignment or {})},
    )
    Participation.objects.filter(pk=answered.participation_id).update(done=F("done") + 1)
    defaults = {"nonce": uuid.uuid4(), "response_ms": 1200}
    return Rating.objects.create(
        assignment=answered,
        participation=answered.participation,
        image=answered.image,
        value=value,
        **{**defaults, **fields},
    )


def picture_bytes(
    *, width: int = 64, height: int = 48, color: str = "teal", image_format: str = "PNG", **save: Any
) -> bytes:
    """Make a plain picture as a file would hold it; further arguments go to Pillow's `save`."""
    out = BytesIO()
    Pillow.new("RGB", (width, height), color).save(out, image_format, **save)
    return out.getvalue()


def make_picture(path: Path, **picture: Any) -> Path:
    """Write a plain picture to a file; the arguments are those of `picture_bytes`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture_bytes(**picture))
    return path


def make_pair(*, study: Study | None = None, **fields: Any) -> Pair:
    """Put a pair of new pictures into a pairwise study under the next number."""
    study = study or make_study(design=Design.PAIRWISE)
    ordinal = study.pairs.count()
    defaults = {
        "group": f"prompt {ordinal}",
        "prompt": f"prompt {ordinal}",
        "condition_a": "plain",
        "condition_b": "steered",
        "ordinal": ordinal,
        "shuffle": secrets.randbelow(10**9) / 10**9,
        "target": study.target,
    }
    images = {name: fields.pop(name, None) or make_image() for name in ("image_a", "image_b")}
    images |= {name: fields.pop(name) for name in IMAGE_FIELDS[2:] if name in fields}
    for image in images.values():
        if not study.study_images.filter(image=image).exists():
            make_study_image(study=study, image=image, is_active=False, is_practice=True)
    return Pair.objects.create(study=study, **images, **{**defaults, **fields})


def make_choice(
    *, participation: Participation | None = None, pair: Pair | None = None, answer: str = Answer.LEFT, **fields: Any
) -> Choice:
    """Make a choice and the answered assignment it belongs to; `left` says whose picture stood there."""
    pair = pair or make_pair(study=participation.study if participation else None)
    participation = participation or make_participation(study=pair.study)
    Participation.objects.filter(pk=participation.pk).update(served=F("served") + 1, done=F("done") + 1)
    participation.refresh_from_db(fields=["served", "done"])
    chosen = {"left": fields.pop("left", Side.A), "propensity": 1.0, **fields.pop("assignment", {})}
    assignment = PairAssignment.objects.create(
        participation=participation,
        pair=pair,
        state=AssignmentState.RATED,
        position=participation.served,
        closed_at=timezone.now(),
        **chosen,
    )
    Pair.objects.filter(pk=pair.pk).update(taken=F("taken") + 1)
    defaults = {"nonce": uuid.uuid4(), "response_ms": 1500}
    return Choice.objects.create(
        assignment=assignment, participation=participation, answer=answer, **{**defaults, **fields}
    )
