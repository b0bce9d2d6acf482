"""A model whose files were never written, or are lost, blocks nothing: not its retry, not other studies, not a page."""

import json
import shutil
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import ClassVar

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ratings.choices import JobState, Policy
from ratings.exceptions import JobStoppedError
from ratings.models import Image, Study
from ratings.selectors.failures import recent_failures
from ratings.tasks import run_job
from ratings.tests.disks import small_disk
from ratings.tests.factories import make_images, make_study, picture_bytes
from scoring.checkpoint_files import FORMAT, FORMER
from scoring.exceptions import ModelUnreadableError
from scoring.ml.encoders import DEFAULT_KEY
from scoring.models import Embedding, EmbeddingAttempt, ModelState, ModelVersion, Representation, TrainingRun
from scoring.pipeline.inputs import embeddings
from scoring.pipeline.inputs.embeddings import alone_where_tried, embed_missing
from scoring.pipeline.serving import catch_up
from scoring.pipeline.serving.live import live_model, loaded_model
from scoring.selectors.checkpoints import live_versions_without_files
from scoring.services import promote, roll_back
from scoring.services.embeddings import claim_images
from scoring.services.runs import request_replacements
from scoring.tasks import start_due_training
from scoring.tests.factories import checkpoint_folder, make_version
from scoring.tests.learning import make_world, trained, trained_version

pytestmark = pytest.mark.django_db


def lose(version: ModelVersion) -> None:
    """Lose a version's files, as a worker that starts again then sees it."""
    shutil.rmtree(checkpoint_folder(version=version))
    loaded_model.cache_clear()


def test_a_run_that_cannot_save_its_model_leaves_no_version_and_its_retry_trains(settings: LazySettings) -> None:
    world = make_world(raters=4, each=20)
    with small_disk(1500):
        run = trained(world.study)
    assert (run.state, run.error_code) == (JobState.FAILED, "storage_failed")
    assert run.error.startswith("The model could not be saved (")
    assert "File too large" in run.error
    assert not ModelVersion.objects.exists()
    assert list(checkpoint_folder(version=ModelVersion(folder="")).iterdir()) == []
    assert trained_version(world.study).state == ModelState.LIVE


@pytest.mark.slow
def test_what_a_failed_run_left_is_not_taken_for_a_model_of_this_data() -> None:
    world = make_world(raters=4, each=20)
    trained_version(world.study)
    TrainingRun.objects.update(state=JobState.FAILED)
    assert trained_version(world.study).number == 2


@pytest.mark.slow
def test_a_lost_models_folder_comes_back_with_the_next_training(settings: LazySettings) -> None:
    world = make_world(raters=4, each=20)
    lose(trained_version(world.study))
    assert [version.number for version in live_versions_without_files()] == [1]
    second = trained_version(world.study)
    assert (second.number, second.state) == (2, ModelState.LIVE)
    assert live_versions_without_files() == []
    assert trained(world.study).state == JobState.SKIPPED


def test_a_lost_model_is_trained_again_at_once_and_once() -> None:
    world = make_world(raters=4, each=20)
    first = trained_version(world.study)
    assert request_replacements() == [], "its files are there"
    lose(first)
    (run,) = request_replacements()
    assert run.reason == "the files of model v1 cannot be read"
    assert request_replacements() == [], "it is queued"
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.FAILED)
    assert request_replacements() == [], "nobody tries again and again: an admin or the nightly run does"
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.QUEUED)
    run_job("scoring.TrainingRun", run.pk)
    assert ModelVersion.objects.get(state=ModelState.LIVE).number == 2
    assert request_replacements() == []


@pytest.mark.parametrize("written", [FORMER - 1, FORMAT + 1])  # of an old version, or before a way back to one
def test_a_live_model_of_another_format_is_replaced_by_the_clock_once_and_meanwhile_raters_go_on(written: int) -> None:
    world = make_world(raters=4, each=20)
    first = trained_version(world.study)
    settings_file = checkpoint_folder(version=first) / "model.json"
    settings_file.write_text(json.dumps({**json.loads(settings_file.read_text()), "format": written}))
    loaded_model.cache_clear()
    person = world.add_rater()
    assert live_model(world.study) is None
    assert {one.policy for one in person.lease(3)} <= {Policy.COVERAGE, Policy.RANDOM}
    for _ in range(2):
        start_due_training()
    run = TrainingRun.objects.get(state=JobState.QUEUED)
    assert run.reason == "the files of model v1 cannot be read"
    run_job("scoring.TrainingRun", run.pk)
    live = ModelVersion.objects.get(state=ModelState.LIVE)
    serving = live_model(world.study)
    assert (live.number, serving is not None) == (2, True)
    start_due_training()
    assert not TrainingRun.objects.filter(state=JobState.QUEUED).exists()


def test_the_clock_finds_a_model_that_was_cut_short_and_the_admin_names_its_state(researcher: Client) -> None:
    version = make_version(study=make_study(), state=ModelState.LIVE)
    header = b'{"z": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}}'
    weights = checkpoint_folder(version=version) / "weights.safetensors"
    weights.write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 15)
    start_due_training()
    assert TrainingRun.objects.get().state == JobState.QUEUED
    page = researcher.get(reverse("admin:scoring_modelversion_changelist")).content.decode()
    assert "Files lost" in page
    page = researcher.get(reverse("admin:index")).content.decode()
    assert "A training run that replaces it is queued." in page


@pytest.mark.parametrize("damage", ["gone", "cut short", "no weights", "another format"])
def test_a_version_whose_files_cannot_be_read_is_not_promoted(damage: str) -> None:
    study = make_study()
    serving, broken = make_version(study=study, state=ModelState.LIVE), make_version(study=study)
    folder = checkpoint_folder(version=broken)
    if damage == "gone":
        shutil.rmtree(folder)
    elif damage == "no weights":
        (folder / "weights.safetensors").unlink()
    elif damage == "cut short":
        header = b'{"z": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}}'
        (folder / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 15)
    else:
        (folder / "model.json").write_text('{"format": 0}')
    with pytest.raises(ModelUnreadableError, match="retrain the study, or restore the folder"):
        promote(version=broken, actor=None)
    serving.refresh_from_db()
    assert serving.state == ModelState.LIVE


def test_rolling_back_passes_over_versions_without_files() -> None:
    study = make_study()
    one, two, three = (make_version(study=study) for _ in range(3))
    for version in (one, two, three):
        promote(version=version, actor=None)
    lose(two)
    assert roll_back(study=study, actor=None) == one


@pytest.mark.slow
def test_a_lost_model_keeps_no_other_study_from_its_new_images() -> None:
    lost, served = make_world(raters=4, each=20), make_world(raters=4, each=20)
    lose(trained_version(lost.study))
    version = trained_version(served.study)
    for world in (lost, served):
        world.add_images(3)
    catch_up.embed_new_images()
    assert Representation.objects.filter(model_version=version).count() == len(served.rows)
    assert ModelVersion.objects.get(study=lost.study).representations.count() == len(lost.rows) - 3
    (failure,) = recent_failures()
    assert failure.task == f"showing new images to model v1 of {lost.study.slug!r}"
    assert "retrain the study" in failure.error


@pytest.mark.slow
def test_an_unforeseen_error_in_one_study_keeps_no_other_from_its_new_images() -> None:
    broken, served = make_world(raters=4, each=20), make_world(raters=4, each=20)
    trained_version(broken.study)
    version = trained_version(served.study)
    for world in (broken, served):
        world.add_images(3)
    Embedding.objects.filter(image=broken.rows[-1].image).update(vector=[1.0, 2.0])  # too short for any model
    catch_up.embed_new_images()
    assert Representation.objects.filter(model_version=version).count() == len(served.rows)


def embed(study: Study) -> int:
    """Embed what a study's images lack."""
    return embed_missing(encoder_key=DEFAULT_KEY, studies=[study.pk])


def claim_and_die(images: Sequence[Image]) -> None:
    """Claim images as a process does that is killed then, and let so much time pass that the claim lapses."""
    keys = [one.pk for one in images]
    assert claim_images(encoder_key=DEFAULT_KEY, images=keys) == set(keys)
    EmbeddingAttempt.objects.update(claimed_until=timezone.now())


def test_an_image_at_which_three_workers_died_is_left_out_and_named_and_the_others_are_embedded() -> None:
    study = make_study()
    deadly, *others = [row.image for row in make_images(study=study, count=3)]
    for image in (deadly, *others):
        default_storage.save(image.path, ContentFile(picture_bytes(width=64, height=64)))
    claim_and_die([deadly, *others])
    for _ in range(2):
        tried = alone_where_tried([deadly, *others], encoder_key=DEFAULT_KEY)
        assert [one.pk for one in tried] == [deadly.pk], "one by one, where a worker died at several"
        claim_and_die(tried)
    assert embed(study) == 2
    assert set(Embedding.objects.values_list("image", flat=True)) == {one.pk for one in others}
    assert list(EmbeddingAttempt.objects.values_list("image", "count")) == [(deadly.pk, 3)]
    catch_up.embed_new_images()
    (failure,) = recent_failures()
    assert f"1 images are left out, at each of which 3 workers died: '{deadly.pk}'" in failure.error


def test_images_that_another_process_embeds_are_left_to_it_until_it_has_died() -> None:
    study = make_study()
    images = [row.image for row in make_images(study=study, count=3)]
    for image in images:
        default_storage.save(image.path, ContentFile(picture_bytes(width=64, height=64)))
    assert claim_images(encoder_key=DEFAULT_KEY, images=[images[0].pk]) == {images[0].pk}
    keys = [one.pk for one in images]
    assert claim_images(encoder_key=DEFAULT_KEY, images=keys[:2]) == {keys[1]}
    assert embed(study) == 1, "those that are claimed are not waited for by a process that has other things to do"
    EmbeddingAttempt.objects.update(claimed_until=timezone.now())
    assert embed(study) == 2
    assert not EmbeddingAttempt.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_workers_share_the_images_and_a_run_waits_for_what_the_other_embeds() -> None:
    study = make_study()
    count = 3 * embeddings.CHUNK // 2
    for row in make_images(study=study, count=count):
        default_storage.save(row.image.path, ContentFile(picture_bytes(width=64, height=64)))
    done: list[int] = []

    def work() -> None:
        with closing(connection):
            done.append(embed_missing(encoder_key=DEFAULT_KEY, studies=[study.pk], on_progress=lambda *_: None))
            assert Embedding.objects.count() == count

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == count, "none is embedded twice"
    assert all(done), "both work"


def test_an_attempt_that_fails_or_ends_well_counts_for_nothing() -> None:
    study = make_study()
    (row,) = make_images(study=study, count=1)
    assert embed(study) == 0, "its file is missing"
    assert not EmbeddingAttempt.objects.exists()
    default_storage.save(row.image.path, ContentFile(picture_bytes(width=64, height=64)))

    def stop(stage: str, _share: float) -> None:
        if stage.startswith("embedding 1"):
            raise JobStoppedError

    with pytest.raises(JobStoppedError):
        embed_missing(encoder_key=DEFAULT_KEY, studies=[study.pk], on_progress=stop)
    assert not EmbeddingAttempt.objects.exists()


class Bucket(Storage):
    """Files on no disk of this machine."""

    files: ClassVar[dict[str, bytes]] = {}

    def _open(self, name: str, *_mode: object) -> "ContentFile[bytes]":
        if name not in self.files:
            raise FileNotFoundError(name)
        return ContentFile(self.files[name])


def test_a_picture_that_is_lost_in_a_bucket_keeps_no_other_from_its_vector(settings: LazySettings) -> None:
    study = make_study()
    lost, kept = make_images(study=study, count=2)
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.Bucket"}}
    Bucket.files[kept.image.path] = picture_bytes(width=64, height=64)
    stages: list[str] = []
    done = embed_missing(
        encoder_key=DEFAULT_KEY, studies=[study.pk], on_progress=lambda stage, _share: stages.append(stage)
    )
    assert done == 1
    assert stages == ["embedding 0 of 2 images", "embedding 1 of 2 images, 1 cannot be read"]
    assert list(Embedding.objects.values_list("image", flat=True)) == [kept.image_id]
    assert lost.image_id != kept.image_id
