"""Nodes for ComfyUI: score pictures for one person, keep the best, send pictures to be rated.

Copy this folder into ComfyUI's `custom_nodes`, and install `pamela-client` in its environment.
"""

from .nodes import PickBestNode, ScoreNode, SendToRateNode

NODE_CLASS_MAPPINGS = {
    "PamelaScore": ScoreNode,
    "PamelaPickBest": PickBestNode,
    "PamelaSendToRate": SendToRateNode,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "PamelaScore": "Score for me (Pamela)",
    "PamelaPickBest": "Pick the best for me (Pamela)",
    "PamelaSendToRate": "Send to rate (Pamela)",
}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
