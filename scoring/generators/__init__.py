"""Image generators: prompts in, pictures out, every backend behind one protocol and free of Django."""
