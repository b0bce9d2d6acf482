"""Train the transformer of the paper, in one process or in several."""
