"""A picture that must not be here goes from everywhere within reach, and does not come back."""

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from ratings.choices import Design, JobState, PurgedRatings
from ratings.models import AuditEntry, Choice, Dump, Image, Pair, PurgedPicture, Rating, Study, StudyImage
from ratings.selectors.purges import purge_plan
from ratings.services.ingest import import_images
from ratings.services.purging import begin_purge, finish_purges, purge_picture
from ratings.services.uploads.store import keep_files
from ratings.stores.folders import dump_store
from ratings.stores.uploads import upload_store
from ratings.tests.factories import (
    make_choice,
    make_pair,
    make_picture,
    make_rating,
    make_staff,
    make_study,
    picture_bytes,
)

pytestmark = pytest.mark.django_db
KEEP, DELETE = PurgedRatings.KEEP, PurgedRatings.DELETE


def taken_in(folder: Path, study: Study) -> Image:
    """Import one picture with a thumbnail."""
    report = import_images(path=make_picture(folder / "bad.png", width=600, height=500), study=study)
    return Image.objects.get(pk=report.images["bad.png"])


def paths_of(image: Image) -> list[str]:
    """List the files of a picture."""
    return [image.path, *(one["path"] for one in image.renditions)]


def make_dump(study: Study, *, version: int, **filters: Any) -> Dump:
    """Make a dump with one file."""
    folder = f"{study.slug}-v{version}"
    with dump_store().draft(folder) as draft:
        (draft / "manifest.json").write_text("{}")
        dump_store().keep(draft, name=folder, last="manifest.json")
    return Dump.objects.create(
        study=study, version=version, format="hf", state=JobState.READY, folder=folder, filters=filters
    )


def test_its_files_go_and_its_ratings_stay_beside_a_grey_picture(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    rating = make_rating(study_image=StudyImage.objects.get(image=image), value=4)
    files = paths_of(image)
    assert (len(files), [default_storage.exists(path) for path in files]) == (2, [True, True])
    purge_picture(sha256=image.sha256, ratings=KEEP, words="reported", actor=make_staff("ann"))
    assert [default_storage.exists(path) for path in files] == [False, False]
    image.refresh_from_db()
    assert (image.path in files, image.renditions, default_storage.exists(image.path)) == (False, [], True)
    assert Rating.objects.get().value == rating.value
    entry = StudyImage.objects.get(image=image)
    assert (entry.is_active, entry.off_reason, image.archived_at is not None) == (False, "illegal", True)
    purge = AuditEntry.objects.get(action="purge-image")
    assert (purge.detail["ratings"], purge.detail["places"]["ratings"]) == ("keep", 1)


def test_with_the_other_choice_ratings_choices_and_all_records_go(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    make_rating(study_image=StudyImage.objects.get(image=image))
    pair = make_pair(study=make_study(design=Design.PAIRWISE), image_a=image)
    make_choice(pair=pair)
    kept = make_choice(pair=make_pair(study=pair.study))
    plan = purge_plan(sha256=image.sha256).counts
    assert (plan["ratings"], plan["choices"], plan["pairs or sets"], plan["studies"]) == (1, 1, 1, 2)
    purge_picture(sha256=image.sha256, ratings=DELETE)
    assert not Image.objects.filter(pk=image.pk).exists()
    assert (Rating.objects.count(), list(Choice.objects.all()), Pair.objects.count()) == (0, [kept], 1)
    assert PurgedPicture.objects.get().finished_at is not None


def test_uploading_it_again_is_refused_with_a_sentence_even_where_it_never_was(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    purge_picture(sha256=image.sha256, ratings=DELETE)
    report = import_images(path=tmp_path / "bad.png", study=study)
    assert len(report.rejected) == 1
    assert "was purged from this installation on" in report.rejected[0].reason
    assert not Image.objects.exists()


def test_dumps_with_the_picture_lose_their_files_and_others_only_with_its_ratings(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    with_it, without = make_dump(study, version=1, include_pictures=True), make_dump(study, version=2)
    purge_picture(sha256=image.sha256, ratings=KEEP)
    with_it.refresh_from_db()
    without.refresh_from_db()
    assert (with_it.state, without.state) == (JobState.FAILED, JobState.READY)
    assert "held a picture that was purged" in with_it.error
    assert (dump_store().sizes("harbour-v1"), list(dump_store().sizes("harbour-v2"))) == ({}, ["manifest.json"])
    purge_picture(sha256=image.sha256, ratings=DELETE)
    without.refresh_from_db()
    assert (without.state, dump_store().sizes("harbour-v2")) == (JobState.FAILED, {})


def test_waiting_uploads_that_hold_it_alone_or_in_an_archive_are_removed(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    bad, good = (tmp_path / "bad.png").read_bytes(), picture_bytes(color="navy")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside/a.png", good)
        archive.writestr("inside/b.png", bad)
    uploads = {"a.png": bad, "b.png": good, "c.zip": packed.getvalue()}
    files = [SimpleUploadedFile(name, content) for name, content in uploads.items()]
    folder = keep_files(files={"pictures": files})
    purge_picture(sha256=image.sha256, ratings=KEEP)
    assert list(upload_store().lengths(folder)) == ["pictures/b.png"]


def test_a_purge_that_was_cut_short_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    image = taken_in(tmp_path, study)
    files = paths_of(image)
    begin_purge(sha256=image.sha256, ratings=KEEP)  # the process ends here
    purged = PurgedPicture.objects.get()
    assert (purged.finished_at, sorted(purged.paths)) == (None, sorted(files))
    assert all(default_storage.exists(path) for path in files)
    finish_purges()
    purged.refresh_from_db()
    assert (purged.finished_at is not None, purged.paths) == (True, [])
    assert not any(default_storage.exists(path) for path in files)
    image.refresh_from_db()
    grey = image.path
    purge_picture(sha256=image.sha256, ratings=KEEP)  # once more changes nothing
    image.refresh_from_db()
    assert (image.path, default_storage.exists(grey), PurgedPicture.objects.count()) == (grey, True, 1)


def run(*arguments: str) -> str:
    """Run the command, and give what it says."""
    out = io.StringIO()
    call_command("purge_image", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_counts_first_and_wants_the_digits_of_this_picture(tmp_path: Path) -> None:
    image = taken_in(tmp_path, make_study(slug="harbour"))
    make_rating(study_image=StudyImage.objects.get(image=image))
    said = run(str(image.pk), "--dry-run")
    assert "2 files in storage, thumbnails included, 1 studies, 0 pairs or sets, 1 times handed out, 1 ratings" in said
    assert "backups of the database" in said
    assert "0 waiting uploads hold it. Nothing was changed." in said
    with pytest.raises(CommandError, match="Say with --ratings keep"):
        run(image.sha256[:12])
    with pytest.raises(CommandError, match="Nothing was changed: '0000' is not"):
        run(image.sha256, "--ratings", "keep", "--confirm", "0000")
    assert not PurgedPicture.objects.exists()
    assert "gone from everywhere within reach" in run(
        image.sha256[:12], "--ratings", "delete", "--confirm", image.sha256[:12]
    )
    assert "not in the records" in run(image.sha256, "--dry-run")
    with pytest.raises(CommandError, match="There is no picture"):
        run(str(uuid.uuid4()), "--dry-run")
