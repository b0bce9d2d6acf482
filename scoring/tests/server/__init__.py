"""Tests of the reward server."""
