"""Checkpoints in a bucket: copied to each machine once, named lost where the bucket lacks them, and only then."""

import shutil
from pathlib import Path

import boto3
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ratings.exceptions import StorageFailedError
from ratings.tasks import run_job
from scoring.exceptions import ModelUnreadableError
from scoring.models import ModelState, ModelVersion, TrainingRun
from scoring.pipeline.serving.checkpoints import MOST_CACHED, local_checkpoint, save_checkpoint
from scoring.pipeline.serving.live import live_model, loaded_model, model_of
from scoring.selectors.checkpoints import has_checkpoint, live_versions_without_files
from scoring.services import promote
from scoring.tasks import start_due_training
from scoring.tests.learning import World, make_served_study, make_world, small_model, trained_version

pytestmark = pytest.mark.django_db


def keys(bucket: str) -> list[str]:
    """List the objects under the prefix of checkpoints."""
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="models/").get("Contents", [])
    return [one["Key"] for one in found]


def lose(bucket: str) -> None:
    """Delete the checkpoints from the bucket."""
    for key in keys(bucket):
        boto3.client("s3").delete_object(Bucket=bucket, Key=key)


def forget(settings: LazySettings) -> None:
    """Be another machine: nothing in memory, nothing on the disk."""
    loaded_model.cache_clear()
    shutil.rmtree(settings.CHECKPOINTS_CACHE_DIR, ignore_errors=True)


def served() -> tuple[World, ModelVersion]:
    """Give a study with a live model."""
    world = make_served_study(images=3)
    return world, ModelVersion.objects.select_related("study").get()


def test_a_checkpoint_is_two_objects_and_nothing_stays_on_the_disk_that_wrote_it(bucket: str, tmp_path: Path) -> None:
    _, version = served()
    assert keys(bucket) == [f"models/{version.folder}/model.json", f"models/{version.folder}/weights.safetensors"]
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_another_machine_copies_it_once_and_serves_on_without_the_bucket(
    bucket: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = served()
    forget(settings)
    folder = local_checkpoint(version=version)
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "weights.safetensors"]
    written = (folder / "model.json").stat().st_mtime_ns
    lose(bucket)
    loaded_model.cache_clear()
    assert model_of(version).encoder_key == version.encoder_key
    assert (folder / "model.json").stat().st_mtime_ns == written


def test_a_copy_of_other_content_is_never_taken_for_it(bucket: str, settings: LazySettings) -> None:
    _, version = served()
    before = local_checkpoint(version=version)
    version.metrics = {"ratings": 77}  # which the card holds
    save_checkpoint(model=small_model()[0], version=version)
    assert local_checkpoint(version=version) != before
    assert '"ratings": 77' in (local_checkpoint(version=version) / "model.json").read_text()


def test_a_copy_that_arrives_changed_is_refused_and_not_kept(bucket: str, settings: LazySettings) -> None:
    world, version = served()
    forget(settings)
    key = f"models/{version.folder}/model.json"
    whole = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=whole.replace(b"}", b" "))
    with pytest.raises(ModelUnreadableError, match="retrain the study") as raised:
        model_of(version)
    assert "differs from what was written" in str(raised.value.__cause__)
    assert list(Path(settings.CHECKPOINTS_CACHE_DIR).iterdir()) == []
    assert live_model(world.study) is None, "raters get images by coverage"


@pytest.mark.parametrize("damage", ["gone", "cut short", "another format"])
def test_what_the_bucket_lacks_is_lost_named_so_and_not_promoted(damage: str, bucket: str, researcher: Client) -> None:
    _, version = served()
    if damage == "gone":
        lose(bucket)
    elif damage == "cut short":
        key = f"models/{version.folder}/weights.safetensors"
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"short")
    else:
        ModelVersion.objects.update(checkpoint={**version.checkpoint, "format": 0})
        version.refresh_from_db()
    assert live_versions_without_files() == [version]
    page = researcher.get(reverse("admin:scoring_modelversion_changelist")).content.decode()
    assert "Files lost" in page
    ModelVersion.objects.update(state=ModelState.RETIRED)
    version.refresh_from_db()
    with pytest.raises(ModelUnreadableError, match="retrain the study"):
        promote(version=version, actor=None)


def test_a_model_that_the_bucket_lost_is_trained_again_once(bucket: str) -> None:
    world = make_world(raters=4, each=20)
    trained_version(world.study)
    start_due_training()
    assert TrainingRun.objects.filter(reason__contains="lost").count() == 0
    lose(bucket)
    start_due_training()
    start_due_training()
    run = TrainingRun.objects.get(reason="the files of model v1 cannot be read")
    run_job("scoring.TrainingRun", run.pk)
    live = ModelVersion.objects.get(state=ModelState.LIVE)
    assert (live.number, has_checkpoint(version=live)) == (2, True)


def test_a_bucket_that_is_away_makes_no_model_lost(
    bucket: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, version = served()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")  # nobody listens there
    settings.STORAGES = {**settings.STORAGES}  # connect again
    assert live_versions_without_files() == []
    start_due_training()
    assert not TrainingRun.objects.filter(reason__contains="lost").exists()
    ModelVersion.objects.update(state=ModelState.RETIRED)
    version.refresh_from_db()
    with pytest.raises(StorageFailedError, match="the bucket does not answer"):
        promote(version=version, actor=None)


def test_a_version_of_before_files_were_described_serves_from_the_bucket(bucket: str, settings: LazySettings) -> None:
    _, version = served()
    ModelVersion.objects.update(checkpoint={})
    version.refresh_from_db()
    forget(settings)
    assert has_checkpoint(version=version)
    assert model_of(version).encoder_key == version.encoder_key


def test_the_copies_that_were_not_asked_for_the_longest_go(bucket: str, settings: LazySettings) -> None:
    _, version = served()
    cache = Path(settings.CHECKPOINTS_CACHE_DIR)
    for number in range(MOST_CACHED):
        (cache / f"old-{number}").mkdir(parents=True)
    forget_none = local_checkpoint(version=version)
    assert forget_none.is_dir()
    assert len(list(cache.iterdir())) == MOST_CACHED


def test_a_release_is_made_from_the_bucket(bucket: str, settings: LazySettings, tmp_path: Path) -> None:
    world, _ = served()
    forget(settings)
    call_command("export_model", world.study.slug, "--out", str(tmp_path / "release"))
    assert (tmp_path / "release" / "weights.safetensors").is_file()
