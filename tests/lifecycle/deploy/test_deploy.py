"""What a deployment decides when the platform answers, refuses, fails or falls silent."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.errors import DeploymentFailed, PlatformError, TimedOut
from dockdj.events import Event, Warned
from dockdj.lifecycle.deploy.deploy import Deployed, Prepared, deploy, observe
from dockdj.lifecycle.history import log
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle
from dockdj.model.beanstalk.plan import plan_deploy
from tests.support.platform import Platform
from tests.support.project import FILES
from tests.support.records import release

ONE, TWO = "1.0.0-aaaaaaaa", "1.1.0-bbbbbbbb"


def site_of(folder: Path, platform: Platform) -> Site:
    project = project_file.parse(FILES["dockdj.toml"], folder)
    return Site(project, project.targets["local"], cast(Any, platform), "127.0.0.1:1/tiny")


def run(site: Site, label: str = TWO, **options: Any) -> Deployed:
    observed = observe(site, label)
    version = label.partition("-")[0]
    return deploy(
        site, Prepared(release(version), Bundle(b"", label), observed, plan_deploy(label, observed)), **options
    )


def outcomes(site: Site) -> list[tuple[str, str, str]]:
    return [(event.what, event.version, event.outcome) for event in log.read(site.project)]


def test_a_deployment_that_goes_well(tmp_path: Path) -> None:
    platform = Platform()
    site = site_of(tmp_path, platform)
    assert run(site).changed
    assert (platform.label, platform.updates) == (TWO, [TWO])
    assert outcomes(site) == [("deployed", "1.1.0", "started"), ("deployed", "1.1.0", "ok")]
    assert not run(site).changed
    assert platform.updates == [TWO]


def test_a_log_that_cannot_be_kept_stops_no_deployment(tmp_path: Path) -> None:
    (tmp_path / ".dockdj").write_text("a file where the folder would be")
    platform = Platform()
    said: list[Event] = []
    assert run(site_of(tmp_path, platform), report=said.append).changed
    assert platform.label == TWO
    warned = [one.message for one in said if isinstance(one, Warned)]
    assert ["deployed 1.1.0, local: started" in warned[0], "deployed 1.1.0, local: ok" in warned[1]] == [True, True]


def test_a_failed_deployment_leaves_what_still_runs_alone(tmp_path: Path) -> None:
    platform = Platform(fails={TWO})
    site = site_of(tmp_path, platform)
    with pytest.raises(PlatformError, match=r"still runs 1\.0\.0 and is well"):
        run(site)
    assert platform.updates == [TWO]
    assert outcomes(site)[-1] == ("deployed", "1.1.0", "failed")


def test_without_a_return_the_failure_is_all_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeploymentFailed) as caught:
        run(site_of(tmp_path, Platform(fails={TWO})), come_back=False)
    assert "runs" not in caught.value.message


def test_after_a_killed_run_the_log_knows_what_to_return_to(tmp_path: Path) -> None:
    platform = Platform()
    site = site_of(tmp_path, platform)
    run(site, TWO)
    run(site, ONE)
    # Killed after the platform took it over: the label is the new one already, and it is ill.
    ill = Platform(label=TWO, fails={TWO})
    again = replace(site, beanstalk=cast(Any, ill))
    observed = observe(again, TWO)
    sick = replace(observed, environment=replace(observed.environment, health="Red"))
    prepared = Prepared(release("1.1.0"), Bundle(b"", TWO), sick, plan_deploy(TWO, sick))
    with pytest.raises(PlatformError, match=r"was returned to 1\.0\.0"):
        deploy(again, prepared)
    assert ill.updates == [TWO, ONE]


@pytest.mark.parametrize("glitches", [1, 3])
def test_a_lost_answer_says_nothing_about_the_deployment(tmp_path: Path, glitches: int) -> None:
    platform = Platform(glitches=glitches)
    assert run(site_of(tmp_path, platform)).changed
    assert platform.updates == [TWO]


def test_when_no_answer_comes_any_more_it_goes_on_by_itself(tmp_path: Path) -> None:
    platform = Platform(glitches=1000)
    site = site_of(tmp_path, platform)
    with pytest.raises(TimedOut, match="goes on to 1"):
        run(site)
    assert platform.updates == [TWO]
    assert outcomes(site) == [("deployed", "1.1.0", "started")]


def test_a_refused_update_changes_nothing_and_returns_nothing(tmp_path: Path) -> None:
    platform = Platform(refuses="Must be Ready.")
    site = site_of(tmp_path, platform)
    with pytest.raises(PlatformError, match="Must be Ready"):
        run(site)
    assert (platform.updates, platform.label) == ([], ONE)
    assert outcomes(site)[-1] == ("deployed", "1.1.0", "failed")


def test_a_version_that_the_platform_could_not_process_is_registered_anew(tmp_path: Path) -> None:
    platform = Platform(versions={TWO: "FAILED"})
    run(site_of(tmp_path, platform))
    assert platform.versions[TWO] == "PROCESSED"


def test_time_runs_out_while_the_platform_is_at_work(tmp_path: Path) -> None:
    platform = Platform(glitches=0)
    platform.environment = lambda application, name: replace(  # type: ignore[method-assign]
        Platform.environment(platform, application, name), status="Updating"
    )
    with pytest.raises(TimedOut, match="still updating"):
        run(site_of(tmp_path, platform), timeout=0.05)
