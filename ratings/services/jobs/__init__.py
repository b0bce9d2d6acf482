"""Long work on a worker: `lifecycle` moves its row from state to state, `work` does it and shows that it is alive."""
