"""Read and write the visible attributes of prompts."""
