"""Log a run to Weights & Biases, by its own library: to its service, or into a folder that `wandb sync` sends later.

What the library would say of its own accord is turned off: machine, user, program, packages, code and Git.
"""

from pathlib import Path

from scoring.trackers.facts import TrackedFacts, TrackerUnavailableError, reason_of

SECONDS = 60.0  # to begin a run


def log_to_wandb(facts: TrackedFacts, *, project: str, mode: str, folder: Path) -> str:
    """Write a run into a project; one that is there is written again. Give its address, blank where it has none."""
    try:
        import wandb
        from wandb.errors import Error
    except ImportError as error:
        raise TrackerUnavailableError("wandb is not installed: see requirements-tracking.txt.") from error
    folder.mkdir(parents=True, exist_ok=True)
    quiet = wandb.Settings(
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        save_code=False,
        host="pamela",
        username="pamela",
        email="",
        program="pamela",
        init_timeout=SECONDS,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
    )
    moments = {"started_at": facts.started_at.isoformat(), "ended_at": facts.ended_at.isoformat()}
    try:
        run = wandb.init(
            project=project,
            id=facts.key,
            name=facts.name,
            group=facts.study,
            notes=facts.verdict,
            config={**facts.settings, **facts.labels, **moments},
            mode="online" if mode == "online" else "offline",
            dir=str(folder),
            resume="allow" if mode == "online" else None,
            reinit="create_new",
            settings=quiet,
        )
        run.summary.update(dict(facts.figures))
        address = (run.url or "") if mode == "online" else ""
        run.finish(exit_code=0 if facts.is_finished else 1)
    except (Error, OSError, TimeoutError) as error:
        raise TrackerUnavailableError(reason_of(error)) from error
    finally:
        wandb.teardown()
    return address
