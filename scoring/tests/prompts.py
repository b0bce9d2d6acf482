"""What tests ask of prompts."""

from scoring.prompts.attributes import parse_prompt


def subject_of(prompt: str) -> str:
    """Give what a prompt is about, whatever its attributes, its case and its spaces."""
    return " ".join(parse_prompt(prompt).subject.casefold().split())
