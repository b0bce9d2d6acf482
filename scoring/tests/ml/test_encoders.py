"""One contract that every encoder passes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scoring.ml.encoders import DEFAULT_KEY, Encoder, build_encoder, embed_images, encode_images, part_names, read_image
from scoring.ml.encoders.keys import FIRST_KEY
from scoring.ml.encoders.offline import sides_in_shape
from scoring.ml.encoders.vector_cache import embed_files, embed_texts

TINY = {
    "model_cfg": {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an open_clip model with random weights in a local directory."""
    from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

    make_torchvision_importable()
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("tiny-clip")
    torch.manual_seed(0)
    network = CLIP(**TINY["model_cfg"])  # type: ignore[arg-type]
    save_file(network.state_dict(), str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_config.json").write_text(json.dumps(TINY))
    return folder


SIGLIP: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 24,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 24, "head_width": 12, "patch_size": 16},
        "text_cfg": {
            "context_length": 16,
            "vocab_size": 40,
            "hf_tokenizer_name": "nobody/keeps-this-on-a-hub",
            "tokenizer_kwargs": {"clean": "canonicalize"},
            "width": 24,
            "heads": 2,
            "layers": 1,
            "no_causal_mask": True,
            "proj_bias": True,
            "pool_type": "last",
        },
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "resize_mode": "squash"},
}
WORDS = ["a", "red", "boat", "at", "dawn", "night", "tax", "form", "owl", "in", "the", "rain"]


@pytest.fixture(scope="module")
def siglip_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a SigLIP-like model with random weights and a tokeniser of a few words, in a local directory."""
    from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

    make_torchvision_importable()
    import torch
    from open_clip.model import CustomTextCLIP
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("tiny-siglip")
    torch.manual_seed(0)
    settings = {name: value for name, value in SIGLIP["model_cfg"].items() if name != "custom_text"}
    save_file(CustomTextCLIP(**settings).state_dict(), str(folder / "open_clip_model.safetensors"))
    (folder / "open_clip_config.json").write_text(json.dumps(SIGLIP))
    known = {word: place for place, word in enumerate(["<pad>", "<unk>", *WORDS])}
    words = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(folder / "tokenizer.json"))
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    return folder


@pytest.fixture(scope="module")
def siglip_file(siglip_model: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let open_clip know the SigLIP-like model by name; give the name with the path of its weights."""
    import open_clip

    config = tmp_path_factory.mktemp("configs") / "tiny-siglip.json"
    config.write_text(json.dumps(SIGLIP["model_cfg"]))
    open_clip.add_model_config(config)
    return f"tiny-siglip@{siglip_model / 'open_clip_model.safetensors'}"


@pytest.fixture(scope="module", params=["offline", "tiny_model", "siglip_model", "siglip_file"])
def encoder(request: pytest.FixtureRequest) -> Iterator[Encoder]:
    if request.param == "offline":
        yield build_encoder(DEFAULT_KEY)
    else:
        yield build_encoder(f"open_clip:{request.getfixturevalue(request.param)}")


def picture(seed: int, size: tuple[int, int] = (96, 64)) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def test_vectors_have_the_promised_shape_and_are_finite(encoder: Encoder) -> None:
    vectors = encode_images(encoder, [picture(seed) for seed in range(3)])
    assert vectors.shape == (3, encoder.image_dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert sum(encoder.image_parts) == encoder.image_dim


def test_the_vector_of_an_image_does_not_depend_on_its_batch(encoder: Encoder) -> None:
    images = [picture(seed) for seed in range(20)]  # more than are prepared together
    together = encode_images(encoder, images)
    alone = np.vstack([encode_images(encoder, [image]) for image in images])
    assert np.array_equal(together, alone)


def test_different_images_have_different_vectors(encoder: Encoder) -> None:
    vectors = encode_images(encoder, [picture(1), picture(2)])
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3


def test_any_mode_and_shape_of_image_is_encoded(encoder: Encoder) -> None:
    odd = [
        Image.new("L", (1, 1), 200),
        Image.new("RGBA", (300, 10), (255, 0, 0, 40)),
        Image.new("P", (17, 40)),
        Image.new("CMYK", (20, 20)),
        Image.new("RGB", (40, 40), (0, 0, 0)),
    ]
    assert np.isfinite(encode_images(encoder, odd)).all()


def test_a_file_is_seen_as_raters_see_it_16_bits_as_bright_and_transparent_parts_on_white(tmp_path: Path) -> None:
    for name, pixels, seen in (
        ("deep", Image.new("I;16", (20, 20), 128 * 257), (128, 128, 128)),
        ("clear", Image.new("RGBA", (20, 20), (255, 0, 0, 0)), (255, 255, 255)),
        ("half", Image.new("LA", (20, 20), (0, 51)), (204, 204, 204)),
    ):
        pixels.save(tmp_path / f"{name}.png")
        assert read_image(tmp_path / f"{name}.png").getpixel((5, 5)) == seen


def test_texts_give_one_vector_each_and_an_empty_text_the_zero_vector(encoder: Encoder) -> None:
    vectors = encoder.encode_texts(["a red boat at dawn", "", "a red boat at night", "tax form"])
    assert vectors.shape == (4, encoder.text_dim)
    assert not vectors[1].any()
    assert np.linalg.norm(vectors[[0, 2, 3]], axis=1) == pytest.approx(np.ones(3), abs=1e-4)


def test_no_texts_give_no_vectors_and_many_are_as_each_alone(encoder: Encoder) -> None:
    assert encoder.encode_texts([]).shape == (0, encoder.text_dim)
    many = encoder.encode_texts([*["a red boat"] * 200, "owl"])
    assert np.array_equal(many[199], encoder.encode_texts(["a red boat"])[0])
    assert np.abs(many[200] - many[0]).max() > 1e-3


def test_the_key_names_the_encoder_and_builds_it_again(encoder: Encoder) -> None:
    assert build_encoder(encoder.key).key == encoder.key


def test_every_part_of_the_image_has_a_name_of_its_own(encoder: Encoder) -> None:
    names = part_names(encoder.key, len(encoder.image_parts))
    assert len(set(names)) == len(encoder.image_parts)


def test_a_broken_file_is_reported_and_the_others_are_encoded(encoder: Encoder, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    picture(1).save(good)
    bad.write_bytes(b"\x89PNG not at all")
    batches = list(embed_images(encoder, [bad, good, good], batch_size=2))
    failures = {row: text for batch in batches for row, text in batch.failures.items()}
    rows = [row for batch in batches for row in batch.rows]
    assert list(failures) == [0]
    assert str(bad) in failures[0]
    assert rows == [1, 2]


def test_cached_vectors_are_not_computed_again(tmp_path: Path) -> None:
    class Counting:
        key, image_dim, text_dim, image_parts, is_joint, device = "counting", 2, 1, (2,), False, "cpu"
        seen = 0

        def prepare(self, image: Image.Image) -> float:
            return float(image.width)

        def encode_prepared(self, batch: list[float]) -> np.ndarray:
            self.seen += len(batch)
            return np.array([[width, 1.0] for width in batch], np.float32)

        def encode_texts(self, texts: list[str]) -> np.ndarray:
            return np.zeros((len(texts), 1), np.float32)

    paths = []
    for place in range(5):
        paths.append(tmp_path / f"{place}.png")
        picture(place, (20 + place, 20)).save(paths[-1])
    counting = Counting()
    first = embed_files(counting, paths[:3], cache=tmp_path / "cache")  # type: ignore[arg-type]
    again = embed_files(counting, paths, cache=tmp_path / "cache")  # type: ignore[arg-type]
    assert counting.seen == 5
    assert again[:, 0].tolist() == [20, 21, 22, 23, 24]
    assert np.array_equal(first, again[:3])


def test_a_caller_that_stops_early_waits_for_no_other_batch(encoder: Encoder) -> None:
    batches = embed_images(encoder, [picture(seed) for seed in range(12)], batch_size=2)
    assert next(batches).rows == (0, 1)
    batches.close()


def test_weights_from_a_file_are_prepared_as_the_model_was_trained() -> None:
    from scoring.ml.encoders.open_clip import preprocessing_of
    from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

    make_torchvision_importable()
    import open_clip

    known = preprocessing_of(open_clip, "ViT-SO400M-16-SigLIP2-384", "")
    assert (known["mean"], known["resize_mode"]) == ((0.5, 0.5, 0.5), "squash")
    assert preprocessing_of(open_clip, "tiny-siglip", "") == {}
    with pytest.raises(ValueError, match=r"write ViT-L-14/WEIGHTS@FILE with one of openai"):
        preprocessing_of(open_clip, "ViT-L-14", "")
    with pytest.raises(ValueError, match=r"knows no weights 'nobody'"):
        preprocessing_of(open_clip, "ViT-L-14", "nobody")


def test_a_text_tower_sees_each_text_once(siglip_model: Path, tmp_path: Path) -> None:
    encoder = build_encoder(f"open_clip:{siglip_model}")
    texts = ["a red boat", "", "owl", "a red boat"]
    first = embed_texts(encoder, texts, cache=tmp_path)
    assert np.array_equal(first, encoder.encode_texts(texts))
    stored = sorted(tmp_path.rglob("*.npy"))
    assert len(stored) == 3
    np.save(stored[0], np.full(encoder.text_dim, 7.0, np.float32))
    again = embed_texts(encoder, texts, cache=tmp_path)
    assert (again == 7.0).all(axis=1).any()
    assert embed_texts(encoder, [], cache=tmp_path).shape == (0, encoder.text_dim)


@pytest.mark.parametrize(
    "key", ["nonsense", f"open_clip:{'x' * 120}/webli", "open_clip:NoSuchModel", "open_clip:ViT-B-32@/no/such/file"]
)
def test_an_unknown_key_is_refused_in_one_sentence(key: str) -> None:
    with pytest.raises(ValueError, match=r"^encoder: "):
        build_encoder(key)


def test_the_first_default_encoder_gives_the_beginning_of_todays_vectors() -> None:
    today, first = build_encoder(DEFAULT_KEY), build_encoder(FIRST_KEY)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8))
    vectors, before = (encode_images(encoder, [picture]) for encoder in (today, first))
    assert before.shape == (1, first.image_dim)
    assert np.array_equal(vectors[:, : first.image_dim], before)
    assert part_names(FIRST_KEY, 12) == (*part_names(DEFAULT_KEY, 11), "learned features")


@pytest.mark.parametrize(
    ("size", "seen"),
    [((768, 768), (384, 384)), ((1600, 400), (768, 192)), ((60, 90), (320, 480)), ((10_000, 100), (1536, 32))],
)
def test_a_picture_is_seen_in_its_own_shape(size: tuple[int, int], seen: tuple[int, int]) -> None:
    assert sides_in_shape(*size) == seen  # 384 x 384 pixels, but for sides of whole steps of 32 and endless panoramas


@pytest.mark.parametrize(("groups", "stride"), [(1, 1), (1, 2), (2, 1)])
def test_a_pointwise_convolution_adds_up_what_torch_adds_up(groups: int, stride: int) -> None:
    import torch

    from scoring.ml.encoders.offline import PointwiseConvolution

    torch.manual_seed(0)
    plain = torch.nn.Conv2d(4, 6, 1, stride=stride, groups=groups)
    for pixels in torch.randn(3, 1, 4, 8, 5), torch.randn(1, 2, 4, 8, 5):
        with torch.inference_mode():
            assert torch.allclose(PointwiseConvolution(plain)(pixels[0]), plain(pixels[0]), atol=1e-6)


def test_a_process_that_reads_kept_vectors_loads_no_network_and_one_that_embeds_no_tracker() -> None:
    program = (
        "import sys; from PIL import Image; from scoring.ml.encoders import build_encoder; e = build_encoder();"
        "print(e.image_dim, 'timm' in sys.modules);"
        "e.encode_prepared([e.prepare(Image.new('RGB', (8, 8)))]);"
        "print('timm' in sys.modules, 'wandb' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert said == [str(build_encoder().image_dim), "False", "True", "False"]
