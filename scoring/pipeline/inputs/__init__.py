"""Turn rows into what the model code reads: arrays, and vectors of images."""
