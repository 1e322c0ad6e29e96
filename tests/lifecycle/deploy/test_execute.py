"""Execution when the platform answers, refuses, fails or falls silent."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.errors import DeploymentFailed, LostContact, PlatformError, TimedOut
from dockdj.events import Event, Report, Warned, silent
from dockdj.lifecycle.deploy.execute import Deployed, execute
from dockdj.lifecycle.deploy.plan import Deployment, observe
from dockdj.lifecycle.deploy.request import TIMEOUT_SECONDS, DeployRequest
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle
from dockdj.model.beanstalk.environment import SAMPLE
from dockdj.model.beanstalk.plan import Observed, plan_deploy
from tests.support.platform import Platform
from tests.support.project import FILES
from tests.support.records import release

ONE, TWO = "1.0.0-aaaaaaaa", "1.1.0-bbbbbbbb"


def site_of(folder: Path, platform: Platform) -> Site:
    project = project_file.parse(FILES["dockdj.toml"], folder)
    return Site(project, project.targets["local"], cast(Any, platform), "127.0.0.1:1/tiny")


def decided(label: str, observed: Observed) -> Deployment:
    return Deployment(
        "local", release(label.partition("-")[0]), Bundle(b"", label), observed, plan_deploy(label, observed)
    )


def observed_at(site: Site, label: str) -> Observed:
    return observe(site, Bundle(b"", label), release(label.partition("-")[0]))


def run(
    site: Site,
    label: str = TWO,
    report: Report = silent,
    *,
    timeout: float = TIMEOUT_SECONDS,
    roll_back: bool = True,
) -> Deployed:
    deployment = decided(label, observed_at(site, label))
    request = DeployRequest(
        deployment.release.version, EventKind.DEPLOYED, frozenset(), timeout=timeout, roll_back=roll_back
    )
    return execute(site, deployment, request, report)


def outcomes(site: Site) -> list[tuple[str, str, str]]:
    return [(event.what, event.version, event.outcome) for event in log.read(site.project)]


def test_a_deployment_updates_the_environment_and_is_logged(tmp_path: Path) -> None:
    platform = Platform()
    site = site_of(tmp_path, platform)
    assert run(site).changed
    assert (platform.label, platform.updates) == (TWO, [TWO])
    assert outcomes(site) == [("deployed", "1.1.0", "started"), ("deployed", "1.1.0", "ok")]
    assert not run(site).changed
    assert platform.updates == [TWO]


def test_first_deployment_sets_the_health_check_before_the_version(tmp_path: Path) -> None:
    platform = Platform(label=SAMPLE)
    site = site_of(tmp_path, platform)
    run(site)
    check = [f"HealthCheckPath={site.project.application.health_path}", "MatcherHTTPCode=200"]
    assert platform.updates == [*check, TWO]
    run(site, ONE)
    assert platform.updates == [*check, TWO, ONE]


def test_health_check_that_fails_ends_the_first_deployment(tmp_path: Path) -> None:
    platform = Platform(label=SAMPLE, fails={SAMPLE})
    with pytest.raises(PlatformError, match=r"(?s)health check of .* was not changed.*ran no earlier release"):
        run(site_of(tmp_path, platform))
    assert TWO not in platform.updates


def test_a_deployment_succeeds_without_a_writable_log(tmp_path: Path) -> None:
    (tmp_path / ".dockdj").write_text("a file where the folder would be")
    platform = Platform()
    said: list[Event] = []
    assert run(site_of(tmp_path, platform), report=said.append).changed
    assert platform.label == TWO
    warned = [one.message for one in said if isinstance(one, Warned)]
    assert ["deployed 1.1.0, local: started" in warned[0], "deployed 1.1.0, local: ok" in warned[1]] == [True, True]


def test_a_failed_deployment_leaves_a_healthy_target_as_it_is(tmp_path: Path) -> None:
    platform = Platform(fails={TWO})
    site = site_of(tmp_path, platform)
    with pytest.raises(PlatformError, match=r"still runs 1\.0\.0 and is healthy"):
        run(site)
    assert platform.updates == [TWO]
    assert outcomes(site)[-1] == ("deployed", "1.1.0", "failed")


def test_without_rollback_the_failure_is_raised_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(DeploymentFailed) as caught:
        run(site_of(tmp_path, Platform(fails={TWO})), roll_back=False)
    assert "runs" not in caught.value.message


def test_after_a_killed_run_the_label_to_roll_back_to_comes_from_the_log(tmp_path: Path) -> None:
    platform = Platform()
    site = site_of(tmp_path, platform)
    run(site, TWO)
    run(site, ONE)
    # Killed after the platform took it over: the label is the new one already, and it is ill.
    ill = Platform(label=TWO, fails={TWO})
    again = replace(site, beanstalk=cast(Any, ill))
    observed = observed_at(again, TWO)
    sick = replace(observed, environment=replace(observed.environment, health="Red"))
    request = DeployRequest(release("1.1.0").version, EventKind.DEPLOYED, frozenset())
    with pytest.raises(PlatformError, match=r"was rolled back to 1\.0\.0"):
        execute(again, decided(TWO, sick), request)
    assert ill.updates == [TWO, ONE]


@pytest.mark.parametrize("glitches", [1, 3])
def test_a_lost_answer_does_not_fail_the_deployment(tmp_path: Path, glitches: int) -> None:
    platform = Platform(glitches=glitches)
    assert run(site_of(tmp_path, platform)).changed
    assert platform.updates == [TWO]


def test_a_silent_platform_is_lost_contact_and_no_failure(tmp_path: Path) -> None:
    platform = Platform(glitches=1000)
    site = site_of(tmp_path, platform)
    with pytest.raises(LostContact, match="is still deploying 1"):
        run(site)
    assert platform.updates == [TWO]
    assert outcomes(site) == [("deployed", "1.1.0", "started")]


def test_a_refused_update_changes_nothing(tmp_path: Path) -> None:
    platform = Platform(refuses="Must be Ready.")
    site = site_of(tmp_path, platform)
    with pytest.raises(PlatformError, match="Must be Ready"):
        run(site)
    assert (platform.updates, platform.label) == ([], ONE)
    assert outcomes(site)[-1] == ("deployed", "1.1.0", "failed")


def test_a_version_that_failed_processing_is_registered_again(tmp_path: Path) -> None:
    platform = Platform(versions={TWO: "FAILED"})
    run(site_of(tmp_path, platform))
    assert platform.versions[TWO] == "PROCESSED"


def test_a_deployment_times_out_while_the_platform_is_at_work(tmp_path: Path) -> None:
    platform = Platform(glitches=0)
    platform.environment = lambda application, name: replace(  # type: ignore[method-assign]
        Platform.environment(platform, application, name), status="Updating"
    )
    with pytest.raises(TimedOut, match="still updating"):
        run(site_of(tmp_path, platform), timeout=0.05)


def test_target_is_not_rolled_back_to_a_bundle_that_was_replaced(tmp_path: Path) -> None:
    site = site_of(tmp_path, Platform())
    run(site, ONE)
    # Killed after the platform took it over, so that the target runs the failing label.
    ill = Platform(label=TWO, fails={TWO}, bundles={ONE: b"replaced"})
    again = replace(site, beanstalk=cast(Any, ill))
    observed = observed_at(again, TWO)
    sick = replace(observed, environment=replace(observed.environment, health="Red"))
    request = DeployRequest(release("1.1.0").version, EventKind.DEPLOYED, frozenset())
    with pytest.raises(PlatformError, match=f"back to 1.0.0 failed, too: the bundle of {ONE} was replaced"):
        execute(again, decided(TWO, sick), request)
    assert ill.updates == [TWO]
