"""Authors write Markdown, and nothing in it can do a reader harm."""

import re

import pytest
from django.test import Client

from annotate.prose import prose_html
from ratings.models import Study
from ratings.services.texts import keep_texts
from ratings.tests.factories import make_study


def test_a_plain_text_keeps_its_paragraphs_and_line_breaks() -> None:
    plain = "First line\nsecond & third\n\n    Another paragraph, AT&amp;T\n==="
    lines = prose_html(plain).replace("<br>\n", "<br>").replace("\n", "")
    assert lines == (
        '<p dir="auto">First line<br>second &amp; third</p><p dir="auto">Another paragraph, AT&amp;amp;T<br>===</p>'
    )


def test_headings_come_below_those_of_the_page_whatever_level_their_author_begins_with() -> None:
    assert re.findall(r"<(h\d)", prose_html("# Purpose\n\n## Who\n\n# Data")) == ["h2", "h3", "h2"]
    assert re.findall(r"<(h\d)", prose_html("### Purpose\n\n#### Who", heading=3)) == ["h3", "h4"]


def test_each_outermost_block_has_the_direction_of_its_letters() -> None:
    html = prose_html("# שלום\n\nHello\n\n- ערך\n- value\n\n> quoted")
    assert re.findall(r"<(\w+) dir=\"auto\"", html) == ["h2", "p", "ul", "blockquote"]


def test_links_lead_to_the_web_and_to_mail_alone_and_tell_nobody_where_they_stood() -> None:
    html = prose_html("[a](https://a.example/x) http://b.example c@d.org [e](ftp://e.example) [f](/admin/)")
    assert re.findall(r'href="([^"]+)"', html) == ["https://a.example/x", "http://b.example", "mailto:c@d.org"]
    assert html.count('rel="noopener noreferrer"') == 3


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://a.example/pixel.png)",
    "[x](javascript:alert(1))",
    "[x]( JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "<javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '[x](https://a.example "t\\" onmouseover=alert(1) ")',
    '[x](https://a.example/"onmouseover=alert(1))',
    "[<img src=x onerror=alert(1)>](https://a.example)",
    "[r]\n\n[r]: javascript:alert(1)",
    "```html\n<script>alert(1)</script>\n```",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg/onload=alert(1)>",
    "# <iframe src=//a.example>",
    "<!-- --><style>*{display:none}</style>",
]
TAG = re.compile(r"<(/?)(\w+)((?:\s[^<>]*)?)>")
SAFE_ATTRIBUTES = re.compile(r'(\s(dir="auto"|target="_blank"|rel="noopener noreferrer"|href="https://[^"<>\s]*"))*')


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_text_gives_no_element_and_no_attribute_that_acts(words: str) -> None:
    html = str(prose_html(words))
    tags = TAG.findall(html)
    assert {name for _, name, _ in tags} <= {"p", "br", "a", "pre", "code", "h2"}
    assert html.count("<") == len(tags)  # whatever else looks like an element is escaped
    assert all(SAFE_ATTRIBUTES.fullmatch(attributes) for _, _, attributes in tags)


@pytest.mark.django_db
def test_consent_and_instructions_are_rendered_alike_on_every_page_and_my_data_shows_what_was_agreed_to() -> None:
    study = make_study(consent_text="## Your *data*\n\nAsk a@b.org.", instructions="**Look** twice.")
    keep_texts(study=study, actor=None)
    client = Client()
    assert '<h2 dir="auto">Your <em>data</em></h2>' in client.get(f"/s/{study.slug}/join/").content.decode()
    client.post(f"/s/{study.slug}/join/", {"consent": "yes", "consent_version": "1", "texts_version": "1"})
    for page in ("instructions", "rate"):
        assert "<strong>Look</strong> twice." in client.get(f"/s/{study.slug}/{page}/").content.decode()
    Study.objects.filter(pk=study.pk).update(consent_version="2", consent_text="Something else.")
    keep_texts(study=study, actor=None)
    mine = client.get("/me/").content.decode()
    assert '<h3 dir="auto">Your <em>data</em></h3>' in mine
    assert ", version 1" in mine
    assert "Something else." not in mine
