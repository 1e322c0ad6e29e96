"""How a deployment looks, before and after: used by deploy, rollback and cloud up --deploy."""

from dataclasses import asdict
from typing import Any

from dockdj.cli.views.diff.text import as_text
from dockdj.lifecycle.deploy.checks import downgrades
from dockdj.lifecycle.deploy.execute import Deployed
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.model.diff.downgrades import losses


def plan_data(deployment: Deployment) -> dict[str, Any]:
    """A plan as JSON data. `digest` is what --expect takes; `losses` is null where the records are not known."""
    return {
        "target": deployment.target,
        "version": str(deployment.release.version),
        "label": deployment.bundle.label,
        "running": deployment.running,
        "digest": deployment.digest,
        "steps": [{"step": str(step), "why": step.why} for step in deployment.plan.steps],
        **_losses(deployment),
    }


def plan_text(deployment: Deployment) -> str:
    """A plan for people: what a rollback changes, what is lost, and the steps with their reasons."""
    parts = (reverse_text(deployment), "\n".join(downgrades(deployment)), str(deployment.plan) or "nothing to do")
    return "\n\n".join(part for part in parts if part)


def reverse_text(deployment: Deployment) -> str:
    """What a rollback changes, or why that is not known; empty for a deployment."""
    comparison = deployment.comparison
    return comparison if isinstance(comparison, str) else as_text(comparison)


def result_data(result: Deployed) -> dict[str, Any]:
    """A deployment that succeeded, as JSON data."""
    return {
        "target": result.target,
        "version": str(result.release.version),
        "digest": result.release.digest,
        "label": result.environment.label,
        "url": result.environment.url,
        "changed": result.changed,
        **_losses(result.deployment),
    }


def result_text(result: Deployed) -> str:
    """A deployment that succeeded, for people."""
    count = len(result.environment.instances)
    instances = f"{count} instance{'s' if count != 1 else ''}"
    verb = "runs" if result.changed else "already runs"
    return f"{result.target} {verb} {result.release.version} on {instances}: {result.environment.url}"


def _losses(deployment: Deployment) -> dict[str, Any]:
    changes = deployment.changes
    return {"losses": None if changes is None else [asdict(loss) for loss in losses(changes)]}
