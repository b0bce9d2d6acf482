"""What admin pages can share as mixins: a base that has the type parameter of the stubs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as Pages
else:

    class Pages:
        """Take a type parameter, as the admin of the type checker does."""

        def __class_getitem__(cls, _model: object) -> type:
            """Take a model for the type checker only."""
            return cls


__all__ = ["Pages"]
