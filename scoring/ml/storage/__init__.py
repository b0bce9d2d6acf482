"""Store models as safetensors and JSON, and load them strictly."""
