"""Files that somebody hands in: `store` keeps them, `take_in` works on them in the background (and brings pyarrow)."""
