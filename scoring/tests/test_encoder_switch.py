"""Switching a study's encoder: the old model serves, new pictures included, until one on the new encoder is live."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ratings.choices import JobState
from ratings.models import Image, Study
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_sources import Incoming
from ratings.tests.factories import make_participation, make_rating, make_study, picture_bytes
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable
from scoring.models import Embedding, ModelState, ModelVersion, Representation
from scoring.pipeline.serving import catch_up
from scoring.selectors.training import studies_wanting_training
from scoring.tests.learning import trained, trained_version
from scoring.tests.ml.test_encoders import TINY

pytestmark = pytest.mark.django_db


def tiny_encoder(folder: Path, *, seed: int) -> str:
    """Write an open_clip model of random weights; give its key."""
    make_torchvision_importable()
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    folder.mkdir()
    torch.manual_seed(seed)
    network = CLIP(**TINY["model_cfg"])  # type: ignore[arg-type]
    save_file(network.state_dict(), str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_config.json").write_text(json.dumps(TINY))
    return f"open_clip:{folder}"


def add_pictures(study: Study, *colours: tuple[int, ...]) -> None:
    """Add plain pictures."""
    incoming = [
        Incoming(name=f"{colour}.png", read=partial(picture_bytes, color=f"rgb{colour}", width=40, height=40))
        for colour in colours
    ]
    assert ingest_pictures(incoming=incoming, study=study).added == len(colours)


def test_the_old_model_serves_new_pictures_until_one_on_the_new_encoder_is_live(tmp_path: Path) -> None:
    old, new = (tiny_encoder(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 2)))
    study = make_study(encoder_key=old, target=100)
    rng = np.random.default_rng(0)
    add_pictures(study, *(tuple(int(part) for part in rng.integers(256, size=3)) for _ in range(14)))
    for _ in range(3):
        participation = make_participation(study=study)
        for row in study.study_images.all():
            make_rating(participation=participation, study_image=row, value=float(rng.integers(1, 6)))
    first = trained_version(study)
    assert first.encoder_key == old

    study.encoder_key = new
    study.save()
    add_pictures(study, (1, 2, 3))
    catch_up.embed_new_images()
    assert Embedding.objects.filter(encoder_key=new).count() == Image.objects.count() == 15
    assert Embedding.objects.filter(encoder_key=old).count() == 15
    assert Representation.objects.filter(model_version=first).count() == 15
    assert ModelVersion.objects.get(state=ModelState.LIVE) == first

    assert studies_wanting_training() == [study]
    assert trained(study).state == JobState.SUCCEEDED
    assert ModelVersion.objects.get(state=ModelState.LIVE).encoder_key == new
    assert studies_wanting_training() == []


def test_a_study_with_an_encoder_that_does_not_exist_keeps_no_other_from_being_embedded(tmp_path: Path) -> None:
    make_study(encoder_key="a-nonsense-key")
    study = make_study(encoder_key=tiny_encoder(tmp_path / "c", seed=3))
    add_pictures(study, (9, 8, 7))
    add_pictures(Study.objects.get(encoder_key="a-nonsense-key"), (7, 8, 9))
    catch_up.embed_new_images()
    assert Embedding.objects.filter(image__study_images__study=study).count() == 1
