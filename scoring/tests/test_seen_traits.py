"""What a joint encoder says of pictures is what its towers have learned, from vectors that are stored once."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratings.models import Study
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_sources import Incoming
from ratings.tests.factories import make_study, picture_bytes
from scoring.ml.encoders import build_encoder
from scoring.ml.encoders.descriptions import DESCRIPTIONS, MEDIA, SUBJECTS, described_traits
from scoring.ml.encoders.torchvision_shim import make_torchvision_importable
from scoring.models import DescriptionEmbedding
from scoring.pipeline.inputs.embeddings import embed_missing
from scoring.pipeline.serving.seen_traits import seen_traits
from scoring.tests.ml.test_encoders import TINY

LOOKS = {"rgb(230, 30, 30)": ("medium:oil", "seen:birds"), "rgb(30, 30, 230)": ("medium:pixels", "")}
STEPS = 60


def write_taught_model(folder: Path) -> str:
    """Teach a small open_clip model what red and blue pictures are called; give its key."""
    make_torchvision_importable()
    import open_clip
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = CLIP(**TINY["model_cfg"])  # type: ignore[arg-type]
    pixels = torch.stack([plain_pixels(colour) for colour in LOOKS])
    tokens = open_clip.SimpleTokenizer(context_length=16)(list(DESCRIPTIONS))
    wanted = [{text for trait in traits for text in {**MEDIA, **SUBJECTS}[trait]} for traits in LOOKS.values()]
    fits = torch.tensor([[float(text in texts) for text in DESCRIPTIONS] for texts in wanted])
    steps = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(STEPS):
        cosines = network.encode_image(pixels, normalize=True) @ network.encode_text(tokens, normalize=True).T
        loss = torch.square(cosines - fits).mean()
        steps.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        steps.step()
    save_file(network.state_dict(), str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_config.json").write_text(json.dumps(TINY))
    return f"open_clip:{folder}"


def plain_pixels(colour: str) -> Any:
    """Give a plain picture as the model's own preprocessing does."""
    import torch
    from PIL import Image

    pixels = np.asarray(Image.new("RGB", (32, 32), colour), np.float32) / 127.5 - 1
    return torch.from_numpy(pixels).permute(2, 0, 1)


def add_picture(study: Study, colour: str) -> None:
    """Add a plain picture."""
    read = partial(picture_bytes, color=colour, width=40, height=40)
    assert ingest_pictures(incoming=[Incoming(name=f"{colour}.png", read=read)], study=study).added == 1


@pytest.mark.django_db
def test_the_towers_of_a_model_say_what_they_have_learned_of_medium_and_subject(tmp_path: Path) -> None:
    study = make_study(encoder_key=write_taught_model(tmp_path))
    for colour in LOOKS:
        add_picture(study, colour)
    images = [row.image_id for row in study.study_images.order_by("pk")]
    assert seen_traits(encoder_key=study.encoder_key, images=images) == {}  # nothing is stored
    embed_missing(encoder_key=study.encoder_key, studies=[study.pk])
    found = seen_traits(encoder_key=study.encoder_key, images=images)
    assert [found[image] for image in images] == [{"medium:oil", "seen:birds"}, {"medium:pixels"}]
    stored = dict(DescriptionEmbedding.objects.values_list("text", "vector"))
    assert set(stored) == set(DESCRIPTIONS)
    own = build_encoder(study.encoder_key).encode_texts(list(DESCRIPTIONS))
    np.testing.assert_allclose([stored[text] for text in DESCRIPTIONS], own, atol=1e-6)
    embed_missing(encoder_key=study.encoder_key, studies=[study.pk])
    assert DescriptionEmbedding.objects.count() == len(DESCRIPTIONS)


def test_of_each_question_the_answer_with_more_than_half_is_given() -> None:
    described = {text: np.zeros(16, np.float32) for text in DESCRIPTIONS}
    for place, trait in enumerate(("medium:photo", "medium:oil", "medium:ink", "seen:birds", "")):
        for text in {**MEDIA, **SUBJECTS}[trait]:
            described[text][place] = 1.0
    pictures = np.zeros((4, 16), np.float32)
    pictures[0, :4] = (0.60, 0.62, 0.0, 0.48)  # oil has 1 / (1 + e^-2) = 0.88, since 0.02 more is two in the exponent
    pictures[1, :3] = 0.5  # three media alike, and no subject
    pictures[2, 4] = 1.0  # none of the subjects
    pictures[:3, 15] = np.sqrt(1 - np.square(pictures[:3, :15]).sum(axis=1))
    traits = described_traits(pictures, described)
    assert traits == [{"medium:oil", "seen:birds"}, frozenset(), frozenset(), frozenset()]


def test_every_answer_has_words_of_its_own() -> None:
    assert len(set(DESCRIPTIONS)) == len(DESCRIPTIONS)
