"""What every image generator promises, and what the sketch generator promises on top."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from itertools import combinations
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scoring.generators.base import (
    BadRequestError,
    Generator,
    GeneratorError,
    ImageRequest,
    RateLimitedError,
)
from scoring.generators.demo import demo_prompts
from scoring.generators.sketch_generator import SketchGenerator, render_sketch
from scoring.prompts.attributes import (
    ATTRIBUTE_NAMES,
    DOMAINS,
    VOCABULARY,
    Attributes,
    PromptParts,
    edit_prompt,
    parse_prompt,
    write_prompt,
)
from scoring.sketch.scenes import SCENES, choose_scene
from scoring.tests.prompts import subject_of

SIDE = 96
VISIBLE = 1.0  # mean absolute difference of two pictures, of 255
PLAIN = Attributes(
    palette="ocean",
    lighting="daylight",
    composition="centred",
    viewpoint="eye-level",
    density="detailed",
    texture="smooth",
    medium="photo",
)


def request_for(prompt: str, seed: int = 3, size: tuple[int, int] = (SIDE, SIDE)) -> ImageRequest:
    """Ask for a small picture."""
    return ImageRequest(prompt=prompt, seed=seed, width=size[0], height=size[1])


def scene_prompts(domain: str) -> list[PromptParts]:
    """Give one prompt per scene of a domain."""
    return [
        PromptParts(subject=f"{scene.words[0]} of June", domain=domain, attributes=PLAIN) for scene in SCENES[domain]
    ]


def pixels(prompt: str, seed: int = 3) -> np.ndarray:
    """Draw a small picture as numbers."""
    return np.asarray(render_sketch(request_for(prompt, seed)), dtype=np.float64)


@pytest.fixture(params=[SketchGenerator], ids=["sketch"])
def generator(request: pytest.FixtureRequest) -> Generator:
    """Give every generator that the contract binds."""
    made: Generator = request.param()
    return made


class TestEveryGenerator:
    """The contract."""

    def test_has_a_name_and_a_key(self, generator: Generator) -> None:
        assert isinstance(generator, Generator)
        assert generator.name
        assert generator.key.startswith(generator.name)

    @pytest.mark.parametrize("size", [(96, 96), (160, 90), (72, 128)])
    def test_gives_rgb_of_the_size_asked_for(self, generator: Generator, size: tuple[int, int]) -> None:
        (image,) = generator.generate([request_for("a quiet harbour", size=size)])
        assert image.mode == "RGB"
        assert image.size == size

    def test_answers_each_request_in_order(self, generator: Generator) -> None:
        asked = [request_for("a lake"), request_for("a city"), request_for("a lake")]
        first, second, third = generator.generate(asked)
        assert first.tobytes() == third.tobytes()
        assert first.tobytes() != second.tobytes()

    def test_answers_no_requests_with_no_pictures(self, generator: Generator) -> None:
        assert generator.generate([]) == []

    def test_draws_other_pictures_for_other_seeds(self, generator: Generator) -> None:
        first, second = generator.generate([request_for("a lake", 1), request_for("a lake", 2)])
        assert first.tobytes() != second.tobytes()

    def test_does_not_give_a_blank_picture(self, generator: Generator) -> None:
        (image,) = generator.generate([request_for("a quiet harbour")])
        assert np.asarray(image).std() > 4


class TestRequests:
    """What no generator is asked."""

    @pytest.mark.parametrize("prompt", ["", "   ", "\n"])
    def test_an_empty_prompt_is_refused_by_name(self, prompt: str) -> None:
        with pytest.raises(BadRequestError, match="prompt"):
            ImageRequest(prompt=prompt)

    @pytest.mark.parametrize("side", [0, -5, 63, 2049])
    def test_an_impossible_side_is_refused_by_name(self, side: int) -> None:
        with pytest.raises(BadRequestError, match="height"):
            ImageRequest(prompt="a cat", height=side)

    def test_errors_have_codes_of_their_own_and_say_whether_to_retry(self) -> None:
        kinds: list[type[GeneratorError]] = [GeneratorError, *_all_subclasses(GeneratorError)]
        assert len({kind.code for kind in kinds}) == len(kinds)
        assert RateLimitedError("slow down", retry_after_s=3).is_retryable
        assert not BadRequestError("prompt: empty").is_retryable


def _all_subclasses(kind: type[GeneratorError]) -> list[type[GeneratorError]]:
    return [leaf for sub in kind.__subclasses__() for leaf in (sub, *_all_subclasses(sub))]


class TestSketch:
    """What the built-in generator adds."""

    def test_draws_the_same_bytes_in_every_process_of_a_pool(self) -> None:
        asked = request_for("a still lake, cinematic scene, oil painting")
        here = render_sketch(asked).tobytes()
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            there = [image.tobytes() for image in pool.map(render_sketch, [asked, asked])]
        assert there == [here, here]

    @pytest.mark.parametrize("domain", DOMAINS)
    @pytest.mark.parametrize("size", [(64, 64), (256, 64), (64, 256)])
    def test_every_scene_draws_at_every_shape(self, domain: str, size: tuple[int, int]) -> None:
        for parts in scene_prompts(domain):
            image = render_sketch(request_for(write_prompt(parts), size=size))
            assert image.size == size

    @pytest.mark.parametrize("domain", DOMAINS)
    def test_the_subject_chooses_the_scene(self, domain: str) -> None:
        chosen = [choose_scene(parts, 0) for parts in scene_prompts(domain)]
        assert chosen == list(SCENES[domain])

    @pytest.mark.parametrize("name", ATTRIBUTE_NAMES)
    @pytest.mark.parametrize("domain", DOMAINS)
    def test_every_value_of_every_attribute_looks_different(self, domain: str, name: str) -> None:
        parts = scene_prompts(domain)[0]
        drawn = [
            pixels(write_prompt(replace(parts, attributes=PLAIN.with_value(name, value)))) for value in VOCABULARY[name]
        ]
        gaps = [float(np.abs(one - other).mean()) for one, other in combinations(drawn, 2)]
        assert min(gaps) > VISIBLE

    @pytest.mark.parametrize("name", ATTRIBUTE_NAMES)
    @pytest.mark.parametrize("domain", DOMAINS)
    def test_every_attribute_moves_the_pixels_of_every_scene(self, domain: str, name: str) -> None:
        other = PLAIN.with_value(name, list(VOCABULARY[name])[-1 if name != "medium" else 0])
        for parts in scene_prompts(domain):
            before, after = pixels(write_prompt(parts)), pixels(write_prompt(replace(parts, attributes=other)))
            assert np.abs(after - before).mean() > VISIBLE, parts.subject

    def test_unknown_words_change_the_picture(self) -> None:
        first = pixels("a lake of zibble, cinematic scene")
        second = pixels("a lake of wobble, cinematic scene")
        assert np.abs(first - second).mean() > 1

    def test_moonlight_is_darker_than_daylight(self) -> None:
        for domain in ("art", "cinema"):
            for parts in scene_prompts(domain):
                night = replace(parts, attributes=PLAIN.with_value("lighting", "moonlight"))
                assert pixels(write_prompt(night)).mean() < pixels(write_prompt(parts)).mean()

    def test_the_monochrome_palette_is_grey(self) -> None:
        for parts in scene_prompts("art"):
            grey = replace(parts, attributes=PLAIN.with_value("palette", "monochrome"))
            grey_pixels, colourful = pixels(write_prompt(grey)), pixels(write_prompt(parts))
            assert np.ptp(grey_pixels, axis=2).mean() < 0.6 * np.ptp(colourful, axis=2).mean()


class TestPrompts:
    """Reading and writing attributes."""

    @settings(deadline=None)
    @given(
        subject=st.sampled_from(["a harbour at night", "two cats", "GOLDEN HOUR diner, seen twice"]),
        domain=st.sampled_from(DOMAINS),
        values=st.fixed_dictionaries({name: st.sampled_from(sorted(words)) for name, words in VOCABULARY.items()}),
    )
    def test_what_is_written_reads_back_the_same(self, subject: str, domain: str, values: dict[str, str]) -> None:
        parts = PromptParts(subject=subject, domain=domain, attributes=Attributes(**values))
        assert parse_prompt(write_prompt(parts)).completed() == parts

    @settings(deadline=None)
    @given(prompt=st.text(min_size=1, max_size=80))
    def test_any_text_gets_parts_and_keeps_them(self, prompt: str) -> None:
        parts = parse_prompt(prompt).completed()
        assert parse_prompt(write_prompt(parts)).completed() == parts

    def test_no_phrase_means_two_things(self) -> None:
        phrases = [p for words in VOCABULARY.values() for value in words.values() for p in value]
        assert len(phrases) == len(set(phrases))

    def test_words_inside_running_text_are_understood(self) -> None:
        parsed = parse_prompt("An oil painting of a mill in the mist")
        assert parsed.subject == "An oil painting of a mill in the mist"
        assert dict(parsed.stated) == {"medium": "oil", "lighting": "misty"}
        assert parsed.domain is None

    def test_a_clause_outranks_a_word_in_the_subject(self) -> None:
        parsed = parse_prompt("a city at night, golden hour light")
        assert parsed.stated["lighting"] == "golden"

    def test_a_part_of_a_word_is_no_mention(self) -> None:
        assert not parse_prompt("a knight, an optimist").stated

    @settings(deadline=None)
    @given(
        name=st.sampled_from(ATTRIBUTE_NAMES),
        data=st.data(),
        prompt=st.sampled_from(["a watercolour of an old mill by the weir", "an old mill, fine art, neon", "two cats"]),
    )
    def test_an_edit_changes_one_attribute_and_keeps_subject_and_domain(
        self, name: str, data: st.DataObject, prompt: str
    ) -> None:
        value = data.draw(st.sampled_from(sorted(VOCABULARY[name])))
        edited = edit_prompt(prompt, {name: value})
        before = parse_prompt(prompt).completed()
        after = parse_prompt(edited).completed()
        assert parse_prompt(edited).domain == parse_prompt(prompt).domain
        assert after == replace(before, attributes=before.attributes.with_value(name, value))
        assert subject_of(edited) == subject_of(prompt)

    @pytest.mark.parametrize(
        ("subject", "domain"),
        [
            ("a vase and fruit on a table", "art"),
            ("a pier on a still lake", "cinema"),
            ("a jazz concert poster", "design"),
            ("a portrait in a statement hat", "fashion"),
            ("rolling hills with a lane of trees", "art"),
        ],
    )
    def test_a_domain_left_open_follows_the_subject(self, subject: str, domain: str) -> None:
        assert parse_prompt(subject).completed().domain == domain

    def test_a_changed_subject_is_noticed(self) -> None:
        assert subject_of("an old mill, misty light") != subject_of("an old windmill, misty light")

    def test_an_unknown_attribute_or_value_is_named(self) -> None:
        with pytest.raises(ValueError, match="mood"):
            edit_prompt("a mill", {"mood": "sad"})
        with pytest.raises(ValueError, match="palette: 'beige' is unknown"):
            edit_prompt("a mill", {"palette": "beige"})


class TestDemoPrompts:
    """The first visitor's pictures."""

    def test_are_as_many_as_asked_and_all_different(self) -> None:
        prompts = demo_prompts(count=250, seed=5)
        assert len(prompts) == 250
        assert len({prompt.prompt for prompt in prompts}) == 250

    def test_are_balanced_over_domains_and_attribute_values(self) -> None:
        prompts = demo_prompts(count=240)
        assert set(Counter(p.parts.domain for p in prompts).values()) == {60}
        for name, words in VOCABULARY.items():
            seen = Counter(asdict(p.parts.attributes)[name] for p in prompts)
            assert set(seen) == set(words)
            assert max(seen.values()) - min(seen.values()) <= len(DOMAINS)

    def test_say_what_their_parts_say(self) -> None:
        for prompt in demo_prompts(count=240):
            assert parse_prompt(prompt.prompt).completed() == prompt.parts

    def test_show_every_scene(self) -> None:
        prompts = demo_prompts(count=240)
        for domain, scenes in SCENES.items():
            drawn = [choose_scene(p.parts, p.seed) for p in prompts if p.parts.domain == domain]
            assert {id(scene) for scene in drawn} == {id(scene) for scene in scenes}

    def test_are_the_same_for_the_same_seed(self) -> None:
        assert demo_prompts(count=24, seed=1) == demo_prompts(count=24, seed=1)
        assert demo_prompts(count=24, seed=1) != demo_prompts(count=24, seed=2)


def test_generators_need_neither_django_nor_torch() -> None:
    code = (
        "import sys, scoring.generators.demo, scoring.generators.sketch_generator;"
        "sys.exit(any(name in sys.modules for name in ('django', 'torch')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pictures_are_plain_images() -> None:
    assert isinstance(render_sketch(request_for("a lake")), Image.Image)
