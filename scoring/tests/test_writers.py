"""What every prompt writer promises, and what the offline one promises on top."""

from __future__ import annotations

import pytest

from scoring.prompts.attributes import ATTRIBUTE_NAMES, parse_prompt
from scoring.tests.prompts import subject_of
from scoring.writers.attributes_writer import AttributesWriter
from scoring.writers.base import BadBriefError, Brief, PromptCandidate, PromptWriter, WriterError
from scoring.writers.registry import WRITERS, build_writer
from scoring.writers.settings import WriterSettings

PROMPT = "a vase and fruit on a table, ocean palette"


def liking(prompt: str) -> float:
    """Like warm, misty, minimal pictures: one third for each."""
    stated = parse_prompt(prompt).stated
    wanted = {"palette": "ember", "lighting": "misty", "density": "minimal"}
    return sum(stated.get(name) == value for name, value in wanted.items()) / len(wanted)


@pytest.fixture(params=["attributes"])
def writer(request: pytest.FixtureRequest) -> PromptWriter:
    """Give every writer that the contract binds."""
    return build_writer(request.param, WriterSettings())


class TestEveryWriter:
    """The contract."""

    def test_it_has_a_name_and_a_key(self, writer: PromptWriter) -> None:
        assert isinstance(writer, PromptWriter)
        assert writer.name in WRITERS
        assert writer.key

    def test_it_writes_as_many_drafts_as_asked_all_new_and_about_the_subject(self, writer: PromptWriter) -> None:
        tried = (PromptCandidate(prompt=PROMPT, score=0.5),)
        drafts = writer.write(Brief(prompt=PROMPT, count=12, seed=1, tried=tried))
        prompts = [draft.prompt for draft in drafts]
        assert len(set(prompts)) == 12
        assert PROMPT not in prompts
        assert all(subject_of(prompt) == subject_of(PROMPT) for prompt in prompts)

    def test_a_draft_says_what_it_changed(self, writer: PromptWriter) -> None:
        for draft in writer.write(Brief(prompt=PROMPT, count=6, seed=2)):
            assert draft.changes
            stated = parse_prompt(draft.prompt).stated
            assert all(stated[name] == value for name, value in draft.changes.items())

    @pytest.mark.parametrize("count", [0, -1, 101])
    def test_a_brief_for_nothing_or_for_too_much_is_refused(self, count: int) -> None:
        with pytest.raises(BadBriefError, match="count"):
            Brief(prompt=PROMPT, count=count)

    def test_a_brief_without_words_is_refused(self) -> None:
        with pytest.raises(BadBriefError, match="prompt"):
            Brief(prompt="  ", count=1)


def test_equal_briefs_give_equal_drafts_and_another_seed_gives_others() -> None:
    first, again, other = (AttributesWriter().write(Brief(prompt=PROMPT, count=5, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_what_was_tried_is_not_written_again() -> None:
    drafts = AttributesWriter().write(Brief(prompt=PROMPT, count=20, seed=1))
    tried = tuple(PromptCandidate(prompt=draft.prompt, score=0.0) for draft in drafts)
    later = AttributesWriter().write(Brief(prompt=PROMPT, count=20, seed=1, tried=tried))
    assert not {draft.prompt for draft in drafts} & {draft.prompt for draft in later}


def test_drafts_move_towards_what_was_judged_best() -> None:
    tried: tuple[PromptCandidate, ...] = ()
    means = []
    for _ in range(6):
        drafts = AttributesWriter().write(Brief(prompt=PROMPT, count=20, seed=1, tried=tried))
        judged = [PromptCandidate(prompt=draft.prompt, score=liking(draft.prompt)) for draft in drafts]
        means.append(sum(one.score for one in judged) / len(judged))
        tried = tuple(sorted((*tried, *judged), key=lambda one: -one.score))
    assert means[-1] > means[0] + 0.25
    assert tried[0].score == 1.0


def test_a_vocabulary_that_is_used_up_gives_fewer_drafts_and_never_one_twice() -> None:
    subject, every = "a vase", AttributesWriter()
    tried: tuple[PromptCandidate, ...] = ()
    for _ in range(3):
        drafts = every.write(Brief(prompt=subject, count=100, seed=4, tried=tried))
        assert len(drafts) == 100
        tried += tuple(PromptCandidate(prompt=draft.prompt, score=0.1) for draft in drafts)
    assert len({candidate.prompt for candidate in tried}) == len(tried)


def test_an_unknown_writer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WriterError, match="attributes"):
        build_writer("shakespeare", WriterSettings())


def test_every_attribute_is_moved_sooner_or_later() -> None:
    drafts = AttributesWriter().write(Brief(prompt=PROMPT, count=60, seed=5))
    assert {name for draft in drafts for name in draft.changes} == set(ATTRIBUTE_NAMES)
