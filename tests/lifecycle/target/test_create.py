"""Create and terminate a target's environment."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters import project_file
from dockdj.errors import TimedOut
from dockdj.lifecycle.target.create import Options, create, terminate
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.environment import Environment, EnvironmentEvent
from tests.support.project import FILES

READY = Environment("e-1", "tiny-local", "Ready", "Green", "Sample Application", "127.0.0.1:1")


@dataclass
class Platform:
    """An account with one environment, or none; `states` are what its next looks show."""

    states: list[Environment | None]
    options: Options | None = None
    terminated: int = 0
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
        self.states = [replace(READY, status="Launching"), READY]

    def terminate(self, environment_id: str) -> None:
        self.terminated += 1

    def events(self, *_: Any, **__: Any) -> tuple[EnvironmentEvent, ...]:
        return ()


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


def test_an_existing_environment_makes_no_database(tmp_path: Path) -> None:
    platform = Platform([READY])
    created = create(site_on(tmp_path, platform), lambda: pytest.fail("a database was created"))
    assert (created.new, created.environment, platform.options) == (False, READY, None)


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
