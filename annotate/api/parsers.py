"""Read JSON bodies of any shape without an internal error."""

from collections.abc import Mapping
from json import JSONDecodeError
from typing import IO, Any

from django.utils.translation import gettext
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """JSON whose depth is bounded: a body nested deeper than Python reads is a wrong body, not a fault of ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read a body."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(gettext("The body is nested too deeply.")) from error
        except ParseError as error:
            raise ParseError(fault_in_words(error.__context__)) from error


def fault_in_words(error: BaseException | None) -> str:
    """Say where a body stops being JSON, as far as that is known."""
    if isinstance(error, JSONDecodeError):
        sentence = gettext("The body is not valid JSON: look at line {line}, column {column}.")
        return sentence.format(line=error.lineno, column=error.colno)
    return gettext("The body is not valid JSON.")
