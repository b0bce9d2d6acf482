"""Prompts within pictures, written as the generators write them.

Sources: AUTOMATIC1111/stable-diffusion-webui, modules/images.py (save_image_with_geninfo: a PNG's text `parameters`;
for JPEG and WebP Exif's user comment by piexif, "unicode", which is UTF-16 in big-endian order) and
modules/infotext_utils.py, whose docstring has an example of the text; comfyanonymous/ComfyUI, nodes.py (SaveImage adds
the text `prompt`, the graph as JSON) and its default workflow in the form of its API.
"""

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from ratings.files.generator_texts import prompt_within
from ratings.models import StudyImage
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, images_in, prompts, written

SETTINGS = "Negative prompt: ugly, fat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512"
LONG = {str(number): {"inputs": {"conditioning": [str(number + 1), 0]}} for number in range(3000)}
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {"seed": 5, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bottle with a galaxy", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
}
FLUX = {
    "10": {"class_type": "SamplerCustomAdvanced", "inputs": {"guider": ["11", 0], "noise": ["12", 0]}},
    "11": {"class_type": "BasicGuider", "inputs": {"model": ["13", 0], "conditioning": ["14", 0]}},
    "14": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["15", 0]}},
    "15": {"class_type": "CLIPTextEncode", "inputs": {"text": ["16", 0], "clip": ["17", 0]}},
    "16": {"class_type": "PrimitiveString", "inputs": {"value": "a paper fox"}},
}


def png(**texts: str) -> bytes:
    """Write a PNG with texts, as the generators do by Pillow."""
    info, stream = PngInfo(), BytesIO()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    Image.new("RGB", (16, 16), "teal").save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


def commented(comment: bytes, *, kind: str) -> bytes:
    """Write a picture with a user comment."""
    exif, stream = Image.Exif(), BytesIO()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    Image.new("RGB", (16, 16), "teal").save(stream, kind, exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "prompt"),
    [
        (png(parameters=f"girl with a beret,\ndetailed\n{SETTINGS}"), "girl with a beret,\ndetailed"),
        (png(parameters="größer, \N{FOX FACE}\nSteps: 20, Sampler: Euler"), "größer, \N{FOX FACE}"),
        (png(parameters=f"\n{SETTINGS}"), ""),
        (png(parameters="some note"), ""),
        (png(parameters='{"prompt": "by Fooocus", "steps": 30}'), "by Fooocus"),
        (png(prompt=json.dumps(GRAPH), workflow="{}"), "a bottle with a galaxy"),
        (png(prompt=json.dumps(FLUX)), "a paper fox"),
        (png(prompt=json.dumps({**GRAPH, "9": {"inputs": {"positive": ["7", 0]}}})), ""),
        (png(prompt=json.dumps({"3": {"inputs": {"positive": ["3", 0]}}})), ""),
        (png(prompt="[" * 5000), ""),
        (png(prompt=json.dumps({**LONG, "a": {"inputs": {"positive": ["0", 0]}}})), ""),
        (png(prompt='{"a": 1, "b": {"inputs": 4}}'), ""),
        (png(invokeai_metadata='{"positive_prompt": "a lamp", "negative_prompt": "x"}'), "a lamp"),
        (png(Description="a cat"), ""),
        (commented(b"UNICODE\0" + f"a cat\n{SETTINGS}".encode("utf-16-be"), kind="JPEG"), "a cat"),
        (commented(b"UNICODE\0" + f"a cat\n{SETTINGS}".encode("utf-16-be"), kind="WEBP"), "a cat"),
        (commented(b"ASCII\0\0\0taken in Rome", kind="JPEG"), ""),
        (png(parameters="a\nSteps: 20")[:60], ""),
        (b"GIF89a", ""),
        (b"", ""),
    ],
)
def test_the_prompt_that_a_generator_wrote_is_read_where_it_is_certain(content: bytes, prompt: str) -> None:
    assert prompt_within(content) == prompt


def test_packed_and_international_texts_are_read_and_endless_ones_left() -> None:
    info, stream = PngInfo(), BytesIO()
    info.add_text("parameters", "a cat\nSteps: 20", zip=True)
    Image.new("RGB", (16, 16)).save(stream, "PNG", pnginfo=info)
    assert prompt_within(stream.getvalue()) == "a cat"
    info, stream = PngInfo(), BytesIO()
    info.add_itxt("parameters", "a fox \N{FOX FACE}\nSteps: 20", zip=True)
    Image.new("RGB", (16, 16)).save(stream, "PNG", pnginfo=info)
    assert prompt_within(stream.getvalue()) == "a fox \N{FOX FACE}"
    info, stream = PngInfo(), BytesIO()
    info.add_text("parameters", "a" * 20_000_000 + "\nSteps: 20", zip=True)
    Image.new("RGB", (16, 16)).save(stream, "PNG", pnginfo=info)
    assert prompt_within(stream.getvalue()) == ""


@pytest.mark.django_db
def test_a_file_s_own_prompt_counts_where_nothing_else_tells_one_and_only_for_new_pictures(tmp_path: Path) -> None:
    make_study(slug="s")
    files = {
        "a.png": png(parameters=f"a cat\n{SETTINGS}"),
        "b.png": png(parameters=f"a dog\n{SETTINGS}", more="b"),
        "c.png": DRAWN["red"],
        "metadata.csv": b"file_name,prompt,seed\nb.png,a wolf,1\na.png,,2\n",
    }
    said = images_in(written(tmp_path / "set", files))
    assert prompts() == {"a.png": "a cat", "b.png": "a wolf", "c.png": ""}
    assert "pictures whose prompt was read from their own file, where the generator wrote it: 1 ('a.png')" in said
    StudyImage.objects.filter(name="a.png").update(prompt="a better cat")
    said = images_in(tmp_path / "set", "--replace-details")
    assert prompts() == {"a.png": "a better cat", "b.png": "a wolf", "c.png": ""}
    assert "own file" not in said
