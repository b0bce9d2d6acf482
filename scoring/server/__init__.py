"""The reward server: scores pictures over HTTP, with a study's live model or a released one; knows no Django."""
