"""A sentence that is stored can be said in another language, with the sentences inside it."""

import copy
import json
import pickle

from ratings.models import QualityFlag
from ratings.sentences import Sentence, enumerated, made_of, say, staff_gettext, staff_ngettext


def test_a_sentence_is_its_text_and_is_said_again_from_what_is_stored() -> None:
    counted = staff_ngettext("{count} file", "{count} files", 3).format(count=3)
    whole = staff_gettext("{name}: {found}").format(name="a.zip", found=enumerated([counted, "b"]))
    assert whole == "a.zip: 3 files, b"
    stored = json.loads(json.dumps(made_of({"report": {"lines": [whole]}, "plain": "x"})))
    assert list(stored) == ["report"]
    assert say(stored["report"][whole]) == whole


def test_braces_in_a_value_are_no_places() -> None:
    whole = enumerated([staff_gettext("{name} is gone").format(name="{x}"), "{y}"])
    assert whole == "{x} is gone, {y}"
    assert say(made_of({"it": whole})["it"][whole]) == whole


def test_a_sentence_survives_copies_and_other_processes() -> None:
    whole = staff_gettext("{count} rows").format(count=4)
    assert isinstance(whole, Sentence)
    for again in (copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):  # noqa: S301 - our own bytes
        assert (again, again.made) == (whole, whole.made)


def test_a_row_shows_a_text_of_which_nothing_is_kept_as_it_stands() -> None:
    said = staff_gettext("{count} rows").format(count=4)
    flag = QualityFlag(finding="written by hand", made_of=made_of({"finding": said}))
    assert flag.said(flag.finding) == "written by hand"
    assert flag.said("4 rows") == "4 rows"
