"""Which language a rater chose."""

from ratings.models import Participation, Rater


def record_language(*, rater: Rater, language: str) -> int:
    """Note the language in which a rater goes on, wherever the study offers it; give the number of participations."""
    speaking = Participation.objects.filter(rater=rater, study__languages__contains=[language])
    return speaking.exclude(language=language).update(language=language)
