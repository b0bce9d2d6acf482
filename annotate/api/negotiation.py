"""Agree with a client on a format: where a view has only one, there is nothing to weigh."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class QuickNegotiation(DefaultContentNegotiation):
    """The framework's negotiation, which looks through headers, where there is a choice that is not named plainly."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Choose the one that the client names without more ado, or let the framework choose."""
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
