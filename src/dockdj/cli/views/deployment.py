"""A deployment's plan and result, for people and as JSON: deploy, rollback and cloud up --deploy."""

from dataclasses import asdict
from typing import Any

from dockdj.cli.views.diff.text import as_text
from dockdj.lifecycle.deploy.checks import downgrades
from dockdj.lifecycle.deploy.execute import Deployed
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.model.diff.downgrades import losses


def plan_data(deployment: Deployment) -> dict[str, Any]:
    """Return a plan as JSON data: `digest` for --expect, `losses` null without a record of the running release.

    `migrations` stay applied although the release does not know them; null if a record does not tell.
    `uncompared` is null if the record in the registry is that of the tag.
    """
    return {
        "target": deployment.target,
        "version": str(deployment.release.version),
        "label": deployment.bundle.label,
        "running": deployment.running,
        "uncompared": deployment.uncompared or None,
        "digest": deployment.digest,
        "steps": [{"step": str(step), "why": step.why} for step in deployment.plan.steps],
        **_losses(deployment),
    }


def plan_text(deployment: Deployment) -> str:
    """Return a plan for people: a rollback's changes, the downgrades, and the steps with their reasons."""
    parts = (reverse_text(deployment), "\n".join(downgrades(deployment)), str(deployment.plan) or "nothing to do")
    return "\n\n".join(part for part in parts if part)


def reverse_text(deployment: Deployment) -> str:
    """Return a rollback's changes, or the reason why they are unknown; empty for a deployment."""
    comparison = deployment.comparison
    return comparison if isinstance(comparison, str) else as_text(comparison)


def result_data(result: Deployed) -> dict[str, Any]:
    """Return a successful deployment as JSON data."""
    return {
        "target": result.deployment.target,
        "version": str(result.deployment.release.version),
        "digest": result.deployment.release.digest,
        "label": result.environment.label,
        "url": result.environment.url,
        "changed": result.changed,
        "uncompared": result.deployment.uncompared or None,
        **_losses(result.deployment),
    }


def result_text(result: Deployed) -> str:
    """Return a successful deployment for people."""
    count = len(result.environment.instances)
    instances = f"{count} instance{'s' if count != 1 else ''}"
    verb = "runs" if result.changed else "already runs"
    target, version = result.deployment.target, result.deployment.release.version
    return f"{target} {verb} {version} on {instances}: {result.environment.url}"


def _losses(deployment: Deployment) -> dict[str, Any]:
    changes = deployment.changes
    staying = None if changes is None else changes.staying
    return {
        "losses": None if changes is None else [asdict(loss) for loss in losses(changes)],
        "migrations": None if staying is None else [asdict(change) for change in staying],
    }
