"""Tests of the model code: no Django, no network."""
