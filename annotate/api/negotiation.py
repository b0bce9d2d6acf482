"""Agree with a client on a format: where a view has only one, nothing is compared."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class SingleFormatNegotiation(DefaultContentNegotiation):
    """The only format at once; the framework's negotiation by headers where there is a choice."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Choose the one that the client names exactly, or let the framework choose."""
        for parser in parsers:
            if request.content_type == parser.media_type:
                return parser
        chosen: BaseParser | None = super().select_parser(request, parsers)
        return chosen

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Choose the one there is, or let the framework choose."""
        offered = list(renderers)
        if len(offered) == 1:
            return offered[0], str(offered[0].media_type)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, offered, format_suffix)
        return chosen
