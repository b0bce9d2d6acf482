"""What is archived keeps its data, is hidden where one works, and comes back."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from ratings.choices import Design, StudyState
from ratings.exceptions import ConflictError, StudyClosedError
from ratings.models import AuditEntry, Image, Study
from ratings.selectors.studies import study_description
from ratings.services.archiving import archive_images, archive_study, restore_images, restore_study
from ratings.services.ingest import import_images
from ratings.services.studies import open_study
from ratings.services.taking_off import take_off
from ratings.tests.factories import (
    make_image,
    make_images,
    make_pair,
    make_picture,
    make_rating,
    make_staff,
    make_study,
)

pytestmark = pytest.mark.django_db


def test_an_archived_study_is_closed_keeps_its_data_and_is_not_opened_before_it_is_restored() -> None:
    ann, study = make_staff("ann", group="researcher"), make_study(slug="harbour")
    rating = make_rating(participation=None, study_image=make_images(study=study, count=1)[0])
    archived = archive_study(study=study, actor=ann)
    assert (archived.state, archived.archived_at is not None) == (StudyState.CLOSED, True)
    assert study.study_images.count() == 1
    rating.refresh_from_db()
    with pytest.raises(ConflictError, match="This study is archived: restore it first"):
        open_study(study=study, actor=ann)
    restored = restore_study(study=study, actor=ann)
    assert (restored.state, restored.archived_at) == (StudyState.CLOSED, None)
    assert open_study(study=restored, actor=ann).state == StudyState.OPEN
    acts = AuditEntry.objects.order_by("pk").values_list("action", "actor")
    assert list(acts) == [("archive-study", ann.pk), ("restore-study", ann.pk), ("open-study", ann.pk)]


def test_a_draft_stays_one_and_takes_no_pictures_meanwhile(tmp_path: Path) -> None:
    study = archive_study(study=make_study(slug="draft", state=StudyState.DRAFT), actor=None)
    assert study.state == StudyState.DRAFT
    with pytest.raises(StudyClosedError, match="is archived; restore it"):
        import_images(path=make_picture(tmp_path / "a.png"), study=study)


def test_the_database_keeps_an_archived_study_from_taking_raters() -> None:
    study = archive_study(study=make_study(), actor=None)
    with pytest.raises(IntegrityError, match="study_archived_takes_nobody"), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(state=StudyState.OPEN)
    assert "archived_at" not in study_description(study=study)


def test_a_picture_that_a_study_shows_is_not_archived_until_it_is_taken_off() -> None:
    study = make_study(title="Harbour")
    (row,) = make_images(study=study, count=1, name="boat.png")
    with pytest.raises(ConflictError, match=r"boat.png is still shown in Harbour: take it off there, or close"):
        archive_images(images=[row.image_id], actor=None)
    take_off(study=study, images=[row.image_id], reason="duplicate")
    assert archive_images(images=[row.image_id], actor=None) == 1
    assert archive_images(images=[row.image_id], actor=None) == 0
    pair = make_pair(study=make_study(design=Design.PAIRWISE, title="Quay"))
    with pytest.raises(ConflictError, match="is still shown in Quay"):
        archive_images(images=[pair.image_b_id], actor=None)


def test_an_archived_picture_is_not_added_to_a_study_and_the_import_says_so(tmp_path: Path) -> None:
    folder = make_picture(tmp_path / "pictures" / "a.png", color="red").parent
    make_picture(folder / "b.png", color="blue")
    first = import_images(path=folder / "a.png", study=make_study())
    image = Image.objects.get(pk=first.images["a.png"])
    Study.objects.update(state=StudyState.CLOSED)
    archive_images(images=[image.pk], actor=None)
    study = make_study()
    report = import_images(path=folder, study=study)
    assert [str(one) for one in report.rejected] == ["a.png: it is in the archive; restore it first, or leave it out"]
    assert report.added == 1
    restore_images(images=[image.pk], actor=None)
    assert import_images(path=folder, study=study).reused == 1


def run(*arguments: str) -> str:
    """Run the command, and give what it says."""
    out = StringIO()
    call_command("archive", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_archives_and_restores_by_slug_and_digest() -> None:
    make_study(slug="harbour")
    image: Any = make_image()
    assert run("--studies", "harbour", "--images", image.sha256[:12]) == "Archived: studies 1, images 1."
    assert run("--studies", "harbour", "--images", str(image.pk), "--restore") == "Restored: studies 1, images 1."
    with pytest.raises(CommandError, match="There is no picture 'none'"):
        run("--images", "none")
