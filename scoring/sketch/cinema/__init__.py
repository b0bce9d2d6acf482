"""Cinematic scenes: cities, rooms, roads, deserts and forests, seen through a wide lens."""
