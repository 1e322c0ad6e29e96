"""Create and terminate a target's environment."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.errors import PlatformError, TimedOut
from dockdj.lifecycle.target.create import Options, create, terminate
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.environment import Environment, EnvironmentEvent
from tests.support.project import FILES

READY = Environment("e-1", "tiny-local", "Ready", "Green", "Sample Application", "127.0.0.1:1")
LAUNCHING = replace(READY, status="Launching")
# By the platform's clock, which may be hours behind this machine's or ahead of it.
FAILED_LAUNCHES = [
    EnvironmentEvent(f"{year}-01-01T00:00:00.000+00:00", "ERROR", "Failed to launch environment.")
    for year in (2001, 2099)
]


@dataclass
class Platform:
    """An account with one environment, or none; `states` are what its next looks show."""

    states: list[Environment | None]
    options: Options | None = None
    terminated: int = 0
    happened: tuple[EnvironmentEvent, ...] = ()
    poll: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def ensure_application(self, application: str) -> bool:
        return True

    def environment(self, application: str, name: str) -> Environment | None:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def create_environment(self, application: str, name: str, platform: str, options: Options) -> None:
        self.options = options
        self.states = [LAUNCHING, READY]

    def terminate(self, environment_id: str) -> None:
        self.terminated += 1

    def events(self, _: str, since: datetime | None = None, limit: int = 100) -> tuple[EnvironmentEvent, ...]:
        events = [event for event in self.happened if since is None or datetime.fromisoformat(event.when) >= since]
        return tuple(events[-limit:])


def site_on(folder: Path, platform: Platform) -> Site:
    project = project_file.parse(FILES["dockdj.toml"], folder)
    return Site(project, project.targets["local"], cast(Any, platform), "127.0.0.1:1/tiny")


def database() -> Options:
    return {"aws:elasticbeanstalk:application:environment": {"ENV_DATABASE_URL": "postgres://new"}}


def test_a_new_environment_gets_the_options_of_its_place(tmp_path: Path) -> None:
    platform = Platform([None])
    created = create(site_on(tmp_path, platform), database)
    assert (created.new, created.environment) == (True, READY)
    assert platform.options is not None
    assert platform.options["aws:elasticbeanstalk:application:environment"]["ENV_DATABASE_URL"] == "postgres://new"


def test_a_new_environment_is_checked_where_the_sample_application_answers(tmp_path: Path) -> None:
    platform = Platform([None])
    create(site_on(tmp_path, platform), dict)
    assert platform.options is not None
    checked = platform.options["aws:elasticbeanstalk:environment:process:default"]
    assert checked == {"HealthCheckPath": "/", "MatcherHTTPCode": "200"}


def test_an_existing_environment_makes_no_database(tmp_path: Path) -> None:
    platform = Platform([READY])
    created = create(site_on(tmp_path, platform), lambda: pytest.fail("a database was created"))
    assert (created.new, created.environment, platform.options) == (False, READY, None)


@pytest.mark.parametrize("failure", FAILED_LAUNCHES)
def test_a_failed_launch_is_seen_whatever_this_machines_clock_says(tmp_path: Path, failure: EnvironmentEvent) -> None:
    with pytest.raises(PlatformError, match="did not start:\nFailed to launch"):
        create(site_on(tmp_path, Platform([None], happened=(failure,))), database)


@pytest.mark.parametrize("failure", FAILED_LAUNCHES)
def test_a_launch_that_failed_before_the_watch_resumed_is_seen(tmp_path: Path, failure: EnvironmentEvent) -> None:
    with pytest.raises(PlatformError, match="did not start:\nFailed to launch"):
        create(site_on(tmp_path, Platform([LAUNCHING, LAUNCHING, READY], happened=(failure,))), database)


def test_a_failure_before_an_update_is_no_failure_of_the_update(tmp_path: Path) -> None:
    updating = replace(READY, status="Updating")
    platform = Platform([updating, updating, READY], happened=tuple(FAILED_LAUNCHES))
    assert create(site_on(tmp_path, platform), database).environment == READY


def test_terminate_waits_until_the_environment_is_gone(tmp_path: Path) -> None:
    going = replace(READY, status="Terminating")
    platform = Platform([READY, going, going, None])
    assert terminate(site_on(tmp_path, platform))
    assert (platform.terminated, len(platform.pauses)) == (1, 2)
    assert not terminate(site_on(tmp_path, platform))


def test_a_termination_under_way_is_only_waited_for(tmp_path: Path) -> None:
    platform = Platform([replace(READY, status="Terminating"), None])
    assert terminate(site_on(tmp_path, platform))
    assert platform.terminated == 0


def test_a_termination_that_takes_too_long_says_that_it_continues(tmp_path: Path) -> None:
    platform = Platform([replace(READY, status="Terminating")])
    with pytest.raises(TimedOut, match="still terminating") as late:
        terminate(site_on(tmp_path, platform), timeout=-1)
    assert "continues on its own" in late.value.hint
