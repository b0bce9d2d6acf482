"""Tokens of scripts: made once, used by key."""

from ratings.services.api_tokens import make_token, use_token

__all__ = ["make_token", "use_token"]
