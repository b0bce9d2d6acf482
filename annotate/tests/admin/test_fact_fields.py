"""Forms made of facts read what people write in them."""

import pytest

from annotate.admin.parts.fact_fields import form_fields_of
from ratings.values.dump_filters import DumpFilters


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("art, fashion", ("art", "fashion")),
        ('"art, old", fashion', ("art, old", "fashion")),
        ("", ()),
        (" , art ,", ("art",)),
        ('12" prints', ('12" prints',)),
    ],
)
def test_words_of_a_filter_may_hold_commas_in_quotes(written: str, read: tuple[str, ...]) -> None:
    assert form_fields_of(DumpFilters)["domains"].clean(written) == read
