"""Only what a platform filled in is an id; parameters and placeholders are those of the platforms' own documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.choices import LinkFaultKind
from ratings.values.platform_links import NO_LINK, PlatformLink, fault_kind, read_link

# docs.prolific.com/api-reference/studies/the-study-object: placeholders of the external study URL.
PROLIFIC = ("{{%PROLIFIC_PID%}}", "{{%STUDY_ID%}}", "{{%SESSION_ID%}}")
# As others write them: rhezab/smile, docs/recruitment.md, 0905ab8 (square brackets); the R package prolific.api 0.5.2
# on CRAN, prolific_study (single braces); a link that was encoded twice.
PROLIFIC_TYPED_OTHERWISE = ("[[%PROLIFIC_PID%]]", "{%PROLIFIC_PID%}", "%7B%7B%25PROLIFIC_PID%25%7D%7D", "PROLIFIC_PID")
# docs.aws.amazon.com/AWSMechTurk/latest/AWSMturkAPI/ApiReference_ExternalQuestionArticle.html, "Preview Mode".
MTURK_PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
# www.sona-systems.com/researcher/using-the-survey-code-feature/, also mistyped in lower case.
SONA = ("%SURVEY_CODE%", "%survey_code%", "SURVEY_CODE")
# Qualtrics' piped text as SONA's and Prolific's guides show it; LilaLiu01/mouseeye_withplaceholder, README.md, lost a
# brace of it.
QUALTRICS = ("${e://Field/PROLIFIC_PID}", "${e://Field/PROLIFIC_PID", "${e://Field/ResponseID}")
TEMPLATES = ("{PID}", "{TOKEN}", "[ID]", "$PID", "$(pid)", "<participant>", "%pid%", "__PID__", "@@PID@@", "*|PID|*")
FULL_WIDTH = "\N{FULLWIDTH LEFT CURLY BRACKET}PID\N{FULLWIDTH RIGHT CURLY BRACKET}"
NOT_YET = ("", "  ", "null", "undefined", "None", "NaN", "n/a", "preview", "WORKER_ID_NOT_AVAILABLE", FULL_WIDTH)

# Real ids as the same documents show them: Prolific (24 hexadecimal digits), MTurk's worker and assignment, SONA's
# number of two to seven digits; and ids that other software makes.
REAL = (
    *("5f3a9c0e1b2d4a6f8e7c9d01", "AZ3456EXAMPLE", "123RVWYBAZW00EXAMPLE456RVWYBAZW00EXAMPLE", "1234", "41"),
    *("auth0|5f7c8ec7c33c6c004bbafe82", "a.b+c@example.org", "9b2f4c1e-0000-4000-8000-1d2c3b4a5968", "p-17", "Anna B"),
    *("nullius", "Anonymous", "test", "0", "x" * 200, "Ёлка-7", "王小明"),
)


@pytest.mark.parametrize("text", [*PROLIFIC, *PROLIFIC_TYPED_OTHERWISE, *SONA, *QUALTRICS, *TEMPLATES, *NOT_YET])
def test_what_was_not_filled_in_is_no_id(text: str) -> None:
    link = read_link([("PROLIFIC_PID", text)])
    assert (link.external_id, link.fields) == ("", {})
    assert link.refusal is not None
    assert link.refusal.kind == LinkFaultKind.UNFILLED
    assert link.names_somebody
    assert (text.strip() or "nothing") in link.refusal.sentence


@pytest.mark.parametrize("text", REAL)
def test_a_real_id_is_taken_as_it_is(text: str) -> None:
    link = read_link([("PROLIFIC_PID", text), ("SESSION_ID", text)])
    assert link == PlatformLink(external_id=text, external_session=text)
    assert link.refusal is None


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\x1bb", "\ud800", "a\u200bb", "\u202eabc", "x" * 201, "{" * 300])
def test_control_characters_and_endless_ids_are_refused(text: str) -> None:
    refusal = read_link([("external_id", text)]).refusal
    assert refusal is not None
    assert refusal.kind == LinkFaultKind.MALFORMED
    assert refusal.example.isprintable()
    assert len(refusal.example) <= 200


def test_blanks_around_an_id_are_no_part_of_it_and_its_case_is() -> None:
    ids = [read_link([("external_id", text)]).external_id for text in (" AbC\u00a0", "AbC", "abc")]
    assert ids == ["AbC", "AbC", "abc"]


# Prolific and MTurk as above; MTurk appends assignmentId, hitId, turkSubmitTo and workerId. CloudResearch Connect
# passes participantId, assignmentId and projectId: davidjurgens/potato, docs/deployment/crowdsourcing-platforms.md at
# cd3850e.
# SONA's own example is `?id=%SURVEY_CODE%`.
@pytest.mark.parametrize(
    ("query", "person", "session"),
    [
        ({"PROLIFIC_PID": "p", "STUDY_ID": "x", "SESSION_ID": "s"}, "p", "s"),
        ({"prolific_pid": "p", "session_id": "s"}, "p", "s"),
        ({"assignmentId": "s", "hitId": "h", "turkSubmitTo": "https://www.mturk.com/", "workerId": "p"}, "p", "s"),
        ({"participantId": "p", "assignmentId": "s", "projectId": "x"}, "p", "s"),
        ({"id": "41"}, "41", ""),
        ({"id": "flyer-7"}, "", ""),  # not SONA's: a number of two to seven digits without leading zeros
        ({"survey_code": "41"}, "41", ""),
        ({"external_id": "p", "external_session": "s"}, "p", "s"),
        ({"STUDY_ID": "x", "utm_source": "mail"}, "", ""),
    ],
)
def test_each_platform_s_parameters_are_known(query: dict[str, str], person: str, session: str) -> None:
    assert read_link(query.items()) == PlatformLink(external_id=person, external_session=session)


# Dallinger/Dallinger issue 2582: MTurk passes no worker id in a preview; rhezab/smile shows links that have one.
@pytest.mark.parametrize("worker", [[], [("workerId", "AZ3456EXAMPLE")]])
def test_mturk_s_preview_is_a_preview_with_or_without_a_worker(worker: list[tuple[str, str]]) -> None:
    refusal = read_link([("assignmentId", MTURK_PREVIEW), ("hitId", "123RVWYBAZW00EXAMPLE"), *worker]).refusal
    assert refusal is not None
    assert (refusal.kind, refusal.sentence[:18]) == (LinkFaultKind.PREVIEW, "This is a preview:")


def test_sona_s_own_example_typed_wrongly_is_unfilled() -> None:
    refusal = read_link([("id", "%survey_code%")]).refusal
    assert refusal is not None
    assert refusal.kind == LinkFaultKind.UNFILLED


def test_an_unfilled_session_is_no_session_and_does_not_turn_its_person_away() -> None:
    link = read_link([("PROLIFIC_PID", "p-17"), ("SESSION_ID", "{{%SESSION_ID%}}")])
    assert (link.external_id, link.external_session, link.refusal) == ("p-17", "", None)
    assert [fault.example for fault in link.faults] == ["SESSION_ID={{%SESSION_ID%}}"]


def test_a_link_with_two_ids_names_nobody_and_with_the_same_id_twice_names_that_person() -> None:
    refusal = read_link([("PROLIFIC_PID", "a"), ("external_id", "b")]).refusal
    assert refusal is not None
    assert (refusal.kind, refusal.example) == (LinkFaultKind.AMBIGUOUS, "PROLIFIC_PID=a and b")
    assert read_link([("PROLIFIC_PID", "a"), ("external_id", " a ")]) == PlatformLink(external_id="a")


def test_an_id_beside_a_placeholder_is_the_id_and_the_placeholder_is_counted() -> None:
    link = read_link([("PROLIFIC_PID", "{{%PROLIFIC_PID%}}"), ("workerId", "AZ3456EXAMPLE")])
    assert (link.external_id, link.refusal, len(link.faults)) == ("AZ3456EXAMPLE", None, 1)


def test_a_link_without_any_parameter_says_nothing() -> None:
    assert read_link([]) == NO_LINK
    assert not NO_LINK.names_somebody


def test_a_link_cannot_be_made_of_what_was_not_checked() -> None:
    for text in ("{PID}", " a", "a\x00"):
        with pytest.raises(ValueError, match="no clean id"):
            PlatformLink(external_id=text)


@given(st.text(max_size=260))
def test_whatever_stands_in_a_link_gives_a_clean_id_or_a_reason(text: str) -> None:
    link = read_link([("PROLIFIC_PID", text)])
    assert bool(link.external_id) != bool(link.refusal)
    if link.external_id:
        assert link.external_id == text.strip()
        assert fault_kind(link.external_id) is None
        assert len(link.external_id) <= 200
        assert link.external_id.isprintable()
        link.external_id.encode()


@given(
    st.text(min_size=1, max_size=40),
    st.sampled_from(["{%s}", "{{%s}}", "{{%%%s%%}}", "[%s]", "<%s>", "${%s}", "%%%s%%"]),
)
def test_nothing_in_a_template_s_marks_is_an_id(name: str, marks: str) -> None:
    assert fault_kind((marks % name).strip()) is not None
