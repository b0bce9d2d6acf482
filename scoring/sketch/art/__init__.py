"""Fine art: landscapes, seas, still lifes, plants and abstractions."""
