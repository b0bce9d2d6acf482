"""Several processes that train one network: each takes its share of every batch, and all take the same steps."""

from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True, kw_only=True)
class ProcessGroup:
    """Hold the place of this process; alone, it does everything and exchanges nothing.

    Every process draws the same batch. The loss of a share is divided by the weight of the whole batch, so that the
    gradients of all shares add up to those of the batch: the model is that of one process, up to rounding and to
    what dropout draws.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among the processes of this machine

    def device(self) -> torch.device:
        """Return where this process computes: on the GPU of its own number on this machine, where there are GPUs."""
        if not torch.cuda.is_available():
            return torch.device("cpu")
        return torch.device("cuda", self.local_rank) if self.size > 1 else torch.device("cuda")

    def seed_per_rank(self, seed: int) -> None:
        """Let dropout differ between processes from here on; alone, nothing changes."""
        if self.size > 1:
            torch.manual_seed(seed + self.rank)

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """Return this process's rows of a batch."""
        return batch[self.rank :: self.size]

    def add_gradients(self, module: nn.Module) -> None:
        """Give every process the sum of all gradients, in one message."""
        if self.size == 1:
            return
        found = [parameter for parameter in module.parameters() if parameter.grad is not None]
        flat = torch.cat([parameter.grad.ravel() for parameter in found if parameter.grad is not None])
        distributed.all_reduce(flat)
        for parameter, part in zip(found, torch.split(flat, [one.numel() for one in found]), strict=True):
            parameter.grad = part.view_as(parameter)

    def broadcast(self, value: float) -> float:
        """Give every process the number that the first one has, so that all stop at the same step."""
        if self.size == 1:
            return value
        value_of_first = torch.tensor([value], dtype=torch.float64, device=self.device())
        distributed.broadcast(value_of_first, src=0)
        return float(value_of_first)
