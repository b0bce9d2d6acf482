"""Whether somebody's answers end their part before the first picture: by the answer itself, or by its quota."""

from collections.abc import Mapping

from ratings.models import Participation, Study
from ratings.selectors.availability import counts_as_participant


def screens_out(*, study: Study, answers: Mapping[str, str]) -> bool:
    """Tell whether an answer is one that the study does not want, or wants of no more people; the study is locked."""
    given = ((question.key, question.option(answers.get(question.key))) for question in study.questions)
    return any(
        option.screens_out or (option.most is not None and is_answer_full(study, key, option.value, option.most))
        for key, option in given
        if option is not None
    )


def is_answer_full(study: Study, key: str, value: str, most: int) -> bool:
    """Tell whether as many people as are wanted gave an answer; who left without a picture is not counted."""
    rows = Participation.objects.filter(counts_as_participant(study), study=study)
    return rows.filter(rater__profile__answers__contains={key: value}).count() >= most
