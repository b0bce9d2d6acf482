"""The whole journey in any language: no word of a page is looked for, only its parts."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message
from django.utils.translation import to_locale

from annotate.catalogues import LanguageCatalogue, admin_messages, compiled, django_messages, source_messages
from annotate.tests.browser import Visitor, make_gallery
from ratings.models import Study
from ratings.services.attention import ensure_attention_checks

# In no language of the catalogues and without one Latin letter: what authors write says nothing of what pages say.
GEORGIAN: dict[str, Any] = {
    "title": "ჩვენი სურათები",
    "summary": "რამდენიმე სურათი",
    "instructions": "ნახეთ მთელი სურათი",
    "consent_text": "პასუხები ინახება",
    "scale_labels": {"1": "არა", "5": "ძალიან"},
    "profile_questions": [
        {"key": "a", "label": "ასაკი", "help": "დაახლოებით", "options": [{"value": "18", "label": "29 წლამდე"}]}
    ],
    "completion_code": "2718",
}
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
MARKED = "àƀçđèƒĝĥìĵķļɱñòþɋŕšţùṽŵẋýžÀƁÇĐÈƑĜĤÌĴĶĻḾÑÒÞɊŔŠŢÙṼŴẊÝŽ"
LETTERS = str.maketrans(PLAIN, MARKED)
PLACES = re.compile(r"(<[^>]+>|%\(\w+\)[sd]|%[sd%]|\{\w*\})")


def marked(sentence: str) -> str:
    """Put a mark on every letter but those of tags and of places for values: it can still be read."""
    return "".join(part if PLACES.fullmatch(part) else part.translate(LETTERS) for part in PLACES.split(sentence))


def write_marked_catalogue(*, folder: Path, language: str) -> None:
    """Write a catalogue in which every sentence of raters is itself with marks on its letters."""
    write_marked(source_messages(), folder=folder, language=language)


def write_marked_admin(*, folder: Path, language: str) -> None:
    """Write such a catalogue for the admin, with the sentences that Django itself says there."""
    write_marked((*source_messages(), *admin_messages(), *django_messages()), folder=folder, language=language)


def write_marked(messages: Iterable[Message], *, folder: Path, language: str) -> None:
    """Write sentences with marks on their letters as a compiled catalogue."""
    catalogue = LanguageCatalogue(language)
    for message in messages:
        if isinstance(message.id, str) and message.id:
            catalogue.add(message.id, marked(message.id), context=message.context)
        elif message.id:
            one, many = (marked(form) for form in message.id)
            forms = (one, *[many] * (catalogue.num_plurals - 1))
            catalogue.add(message.id, forms, context=message.context)
    path = folder / to_locale(language) / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled(catalogue))


def make_world_study(**fields: Any) -> Study:
    """Make a study that has every screen, in all languages, with texts of its author in Georgian letters."""
    study = make_gallery(
        count=4,
        practice=1,
        break_every=2,
        attention_every=3,
        languages=["en", "de", "ar", "ja"],
        **{**GEORGIAN, **fields},
    )
    ensure_attention_checks(study=study)
    return study


def walk(visitor: Visitor, study: Study) -> Iterator[str]:
    """Go through the study from its card to the withdrawal, and name each screen when it is there."""
    yield from walk_in(visitor)
    yield from practise(visitor)
    yield from rate_all(visitor)
    yield from walk_out(visitor, study)


def walk_in(visitor: Visitor) -> Iterator[str]:
    """Find the study and join it."""
    page = visitor.page
    visitor.open("/")
    yield "home"
    page.locator(".card-link").click()
    page.wait_for_url("**/s/*/")
    yield "study"
    page.locator(".actions-row .button").first.click()
    page.wait_for_url("**/join/")
    yield "consent"
    page.locator("[name=consent]").check()
    page.locator("main form [type=submit]").click()
    page.locator("#step-profile").wait_for()
    yield "questions"
    page.locator("main form [type=submit]").click()
    page.wait_for_url("**/instructions/")
    yield "instructions"


def practise(visitor: Visitor) -> Iterator[str]:
    """Rate the picture that does not count."""
    page = visitor.page
    page.locator("main .actions-row .button").click()
    page.locator("#practice-dialog[open]").wait_for()
    yield "practice announced"
    page.locator("#practice-dialog [type=submit]").click()
    visitor.await_picture()
    yield "practice"
    visitor.press("3")
    page.locator("#counted-dialog[open]").wait_for()
    yield "practice over"
    page.locator("#counted-dialog [type=submit]").click()


def walk_out(visitor: Visitor, study: Study) -> Iterator[str]:
    """Finish, look at what is stored, and withdraw."""
    page = visitor.page
    yield "finishing"
    page.locator("[data-action=finish]").click()
    page.wait_for_url("**/done/")
    yield "done"
    visitor.open("/me/")
    yield "my data"
    visitor.open("/me/withdraw/")
    yield "withdraw"
    page.locator("main [type=submit]").click()
    page.wait_for_url("**/withdrawn/")
    yield "withdrawn"
    visitor.open(f"/language/?next=/&study={study.slug}")
    yield "languages"
    visitor.open("/nowhere/")
    yield "nothing here"


def rate_all(visitor: Visitor) -> Iterator[str]:
    """Rate all that counts: look into help and the dialog of skipping on the first, and stop at checks and breaks."""
    page = visitor.page
    visitor.await_picture()
    yield "rating"
    page.locator("#help-open").click()
    yield "help"
    page.locator("#help-dialog form > [type=submit]").click()
    visitor.await_picture()
    page.locator("#skip").click()
    yield "skip"
    page.locator("#skip-dialog [value='']").click()
    for _ in range(12):
        page.locator(READY).first.wait_for()
        if page.locator("#screen:not([hidden]) [data-action=finish]").count():
            return
        if page.locator("#break-dialog[open]").count():
            yield "break"
            page.locator("#break-dialog [value=go]").click()
            continue
        if page.locator(".check").count():
            yield "attention check"
        before = page.locator("#announce").text_content()
        visitor.press("4")
        page.wait_for_function(MOVED_ON, arg=before)
    raise AssertionError("The study does not end")


READY = "#break-dialog[open], #screen:not([hidden]) [data-action=finish], #scale [aria-disabled=false]"
MOVED_ON = """(before) => document.getElementById("announce").textContent !== before
  || document.querySelector("#break-dialog[open], #screen:not([hidden])")"""
# Every text of the page, shown or waiting to be, and what stands for pictures and symbols: all that has plain letters.
PLAIN_WORDS = r"""(() => {
  const found = [];
  const look = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const parent = texts.currentNode.parentElement;
      if (!parent?.closest("script, style, noscript, kbd, bdo, .brand, .pseudonym, .language-name, .language-choices"))
        found.push(texts.currentNode.textContent);
    }
    for (const element of root.querySelectorAll("*")) {
      for (const name of ["aria-label", "alt", "title", "placeholder"])
        if (element.hasAttribute(name)) found.push(element.getAttribute(name));
      if (element instanceof HTMLTemplateElement) look(element.content);
    }
  };
  look(document.body);
  found.push(document.title.replace("Pamela", ""));
  return found.filter((text) => /[A-Za-z]{2}/.test(text)).map((text) => text.trim());
})()"""
# What runs off the page, and texts that are larger than the box that cuts them.
CUT = r"""(() => {
  const width = document.documentElement.clientWidth;
  const faults = [];
  for (const element of document.querySelectorAll("body *")) {
    const isApart = element.closest(".visually-hidden, .skip-link, svg, .language-name, .controls thead");
    if (isApart || !element.checkVisibility()) continue;
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!says) continue;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isCut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    const spills = ["BUTTON", "A", "B", "SPAN", "TH", "TD", "LABEL"].includes(element.tagName)
      && style.display !== "inline" && element.scrollWidth > element.clientWidth + 1;
    if (box.left < -1 || box.right > width + 1 || isCut || spills)
      faults.push(`${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`);
  }
  if (document.documentElement.scrollWidth > width) faults.push("the page is too wide");
  return faults;
})()"""
