"""The models of Pamela in plain PyTorch and NumPy, without Django, for a worker or a notebook."""
