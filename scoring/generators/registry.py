"""The image generators by name."""

from __future__ import annotations

from importlib.util import find_spec

from scoring.generators.base import Generator, NotConfiguredError
from scoring.generators.settings import GeneratorSettings
from scoring.generators.sketch_generator import SketchGenerator

SKETCH, OPENAI, GEMINI, DIFFUSERS = "sketch", "openai", "gemini", "diffusers"
GENERATORS = (SKETCH, OPENAI, GEMINI, DIFFUSERS)
DEFAULT_GENERATOR = SKETCH
PACKAGES = {OPENAI: "openai", GEMINI: "google.genai", DIFFUSERS: "diffusers"}
EXTRAS = "requirements-steering.txt"


def check_generator(name: str, settings: GeneratorSettings) -> None:
    """Raise a `NotConfiguredError` that says what is missing for the generator of this name."""
    if name not in GENERATORS:
        raise NotConfiguredError(f"generator: {name!r} is unknown; choose one of {', '.join(GENERATORS)}")
    package = PACKAGES.get(name)
    if package is not None and not is_installed(package):
        raise NotConfiguredError(f"The generator {name} needs further packages: pip install -r {EXTRAS}")
    if name == DIFFUSERS and not settings.diffusion_model:
        raise NotConfiguredError("Set DIFFUSION_MODEL to a folder with a diffusers pipeline, or its name on the hub")
    if name != DIFFUSERS:
        build_generator(name, settings)


def build_generator(name: str, settings: GeneratorSettings) -> Generator:
    """Give a generator that needs no network of our own; the pipeline builds the others (`generator_setup`)."""
    if name == SKETCH:
        return SketchGenerator()
    if name == OPENAI:
        from scoring.generators.openai_images import OpenAIImages  # an optional package

        return OpenAIImages(settings)
    if name == GEMINI:
        from scoring.generators.gemini import GeminiImages  # an optional package

        return GeminiImages(settings)
    raise NotConfiguredError(f"generator: {name!r} is unknown; choose one of {', '.join(GENERATORS)}")


def is_installed(package: str) -> bool:
    """Tell whether an optional package is there, without loading it."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # its parent is not there either
        return False
