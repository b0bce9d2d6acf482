"""Read the prompt that a generator has written into a picture's file, where it is certain which text that is.

Stable Diffusion web UI and its forks write one text: `parameters` in a PNG, elsewhere Exif's user comment
(AUTOMATIC1111/stable-diffusion-webui, modules/images.py: save_image_with_geninfo); ComfyUI the graph of its nodes as
JSON, `prompt` (comfyanonymous/ComfyUI, nodes.py: SaveImage); InvokeAI a JSON object, `invokeai_metadata`.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from PIL import ExifTags
from PIL import Image as Pillow

from ratings.files.decoding.errors import CODEC_ERRORS
from ratings.files.decoding.png import SIGNATURE, chunks
from ratings.files.text_files import without_strays

LARGEST = 4 * 1024 * 1024  # bytes of a text
WRITTEN = frozenset({"parameters", "prompt", "invokeai_metadata"})  # keywords of texts in a PNG
SETTINGS = re.compile(r"^(?:Negative prompt:|Steps: \d)", re.MULTILINE)  # what follows the prompt in `parameters`
CONDITIONS = ("positive", "conditioning", "guider")  # inputs by which a prompt reaches a sampler of ComfyUI
WORDS = ("text", "t5xxl", "prompt", "string", "value")  # inputs that hold the words themselves
USER_COMMENT = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16-be"}  # Exif 2.32, 4.6.5: how a comment is written


def prompt_within(content: bytes) -> str:
    """Give the prompt that a picture's file tells; nothing where it tells none, or not for certain."""
    if content.startswith(SIGNATURE):
        texts = dict(png_texts(content))
        found = (
            prompt_of_parameters(texts.get("parameters", ""))
            or prompt_of_graph(texts.get("prompt", ""))
            or prompt_of_object(texts.get("invokeai_metadata", ""), "positive_prompt")
        )
    else:
        found = prompt_of_parameters(user_comment(content))
    return without_strays(found).strip()


def png_texts(content: bytes) -> Iterator[tuple[str, str]]:
    """Give the texts of a PNG that generators write (third edition, 11.3.3), without those that are too long."""
    view = memoryview(content)
    for kind, start, end in chunks(view):
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            keyword, _, rest = bytes(view[start + 8 : end - 4]).partition(b"\0")
            if keyword.decode("latin-1") in WRITTEN:
                yield keyword.decode("latin-1"), png_text(kind, rest)


def png_text(kind: bytes, rest: bytes) -> str:
    """Read what follows the keyword of a text in a PNG; nothing where it is damaged or too long."""
    is_packed, encoding = kind == b"zTXt", "latin-1"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        is_packed, encoding = rest[:1] == b"\1", "utf-8"
        rest = rest[2:].split(b"\0", 2)[-1]
    try:
        text = zlib.decompressobj().decompress(rest, LARGEST) if is_packed else rest
    except zlib.error:  # damaged: viewers show the picture all the same
        return ""
    return text.decode(encoding, errors="ignore") if len(text) < LARGEST else ""


def user_comment(content: bytes) -> str:
    """Read the user comment of a picture that is no PNG; nothing where it has none that can be read."""
    try:
        with Pillow.open(BytesIO(content)) as picture:
            comment = picture.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    except CODEC_ERRORS:  # what is wrong with the picture is said where it is decoded
        return ""
    if not isinstance(comment, bytes):
        return ""
    encoding = USER_COMMENT.get(comment[:8])
    return comment[8:].decode(encoding, errors="ignore") if encoding else ""


def prompt_of_parameters(text: str) -> str:
    """Take the prompt from the text of a web UI, as far as the settings, by which such a text is known."""
    found = SETTINGS.search(text)
    return text[: found.start()] if found else prompt_of_object(text, "prompt")


def prompt_of_object(text: str, name: str) -> str:
    """Take a prompt from a JSON object."""
    given = read_object(text).get(name)
    return given if isinstance(given, str) else ""


def prompt_of_graph(text: str) -> str:
    """Take the prompt from ComfyUI's nodes: the words that reach its samplers, if all of them are the same."""
    nodes = {number: node["inputs"] for number, node in read_object(text).items() if is_node(node)}
    starts = [inputs for inputs in nodes.values() if "positive" in inputs or "guider" in inputs]
    words = {word for inputs in starts for name in CONDITIONS for word in words_behind(inputs.get(name), nodes=nodes)}
    return words.pop() if len(words) == 1 else ""


def words_behind(link: Any, *, nodes: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Follow an input to the words that it comes from; a link is a node's number and that of its output."""
    waiting, seen = [link], set()
    while waiting:
        link = waiting.pop()
        if not isinstance(link, list) or not link or str(link[0]) in seen:
            continue
        seen.add(str(link[0]))
        inputs = nodes.get(str(link[0]), {})
        given = [inputs.get(name) for name in WORDS]
        yield from (words.strip() for words in given if isinstance(words, str) and words.strip())
        waiting += given + [further for name, further in inputs.items() if name.startswith(CONDITIONS)]


def is_node(node: Any) -> bool:
    """Tell whether something is a node of ComfyUI."""
    return isinstance(node, dict) and isinstance(node.get("inputs"), dict)


def read_object(text: str) -> dict[str, Any]:
    """Read a JSON object; anything else is an empty one."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else {}
    except (ValueError, RecursionError):  # some other text under that keyword
        return {}
    return found if isinstance(found, dict) else {}
