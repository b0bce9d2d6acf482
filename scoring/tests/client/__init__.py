"""The client package, tried against what it will meet."""
