"""The order of a deployment: wait, plan, check, expect, warn, confirm, observe again, execute."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.cli.views import deployment as view
from dockdj.errors import PlatformError, Raced, Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.deploy import checks, deploy, rollback
from dockdj.lifecycle.deploy.plan import Deployment
from dockdj.lifecycle.deploy.request import Check, DeployRequest
from dockdj.lifecycle.deploy.rollback import RollbackRequest
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, LogEvent, Outcome
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import description_of, version_in_label
from dockdj.model.release.record import Release
from dockdj.model.version import Version, parse
from tests.support import project as projects
from tests.support.platform import Platform
from tests.support.project import commit, git, write
from tests.support.records import release
from tests.support.releases import tagged

LOST = "security: going back loses newer versions of: openssl 3.5.4-1 → 3.5.1-1"
CONTRACT = "# required. Where errors go.\nENV_SENTRY=\n"


def no_confirmation(deployment: Deployment) -> None:
    """Nobody is asked."""


@dataclass
class Shop:
    """A target that runs 1.1.0, whose stack is newer than that of 1.0.0; both are published."""

    site: Site
    platform: Platform
    releases: dict[str, Release]
    events: list[Event] = field(default_factory=list)

    def find(self, repository: str, version: Version) -> Published:
        release = self.releases[str(version)]
        return Published(repository, "sha256:" + "1" * 64, release, {"django": "sha256:" + "2" * 64})

    def request(self, version: str = "1.0.0", **terms: Any) -> DeployRequest:
        return DeployRequest(parse(version), EventKind.DEPLOYED, terms.pop("waived", frozenset()), **terms)

    def plan(self, version: str = "1.0.0", **terms: Any) -> Deployment:
        return deploy.plan(self.site, self.request(version, **terms), self.events.append, find=self.find)

    def deploy(
        self, version: str = "1.0.0", confirm: Callable[[Deployment], None] = no_confirmation, **terms: Any
    ) -> str:
        result = deploy.deploy(self.site, self.request(version, **terms), confirm, self.events.append, find=self.find)
        return str(result.deployment.release.version)

    @property
    def warnings(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Warned)]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    project = projects.make(tmp_path)
    releases = {}
    for version, number in (("1.0.0", "3.5.1-1"), ("1.1.0", "3.5.4-1")):
        packages = {"libssl3t64": {"source": "openssl", "version": number, "origin": "base"}}
        releases[version] = tagged(project, version, os={"id": "debian", "version": "13", "packages": packages})
    running = "1.1.0-aaaaaaaa"
    platform = Platform(label=running, versions={running: "PROCESSED"})
    platform.descriptions[running] = description_of(releases["1.1.0"].digest)
    # The records are of x86 images.
    target = replace(project.targets["local"], architecture="linux/amd64")
    return Shop(Site(project, target, cast(Any, platform), "127.0.0.1:1/tiny"), platform, releases)


def test_every_check_runs_unless_a_command_waives_it() -> None:
    assert {check for check, _ in (*checks.REFUSALS, *checks.WARNINGS)} == set(Check)
    assert frozenset({Check.REQUIRED_VARIABLES}) == rollback.WAIVED


def test_a_plan_changes_nothing_and_prints_the_same_digest_again(shop: Shop) -> None:
    plan = shop.plan()
    assert [str(step).partition(" 1.0.0")[0] for step in plan.plan.steps] == ["register", "run"]
    assert plan.digest == shop.plan().digest
    assert plan.digest != replace(plan, target="production").digest
    assert (shop.platform.updates, log.read(shop.site.project)) == ([], ())


def test_a_plan_made_while_the_platform_works_keeps_its_digest(shop: Shop) -> None:
    ready = shop.plan()
    shop.platform.status = "Updating"
    waiting = shop.plan()
    assert str(waiting.plan.steps[0]).startswith("wait for ")
    assert waiting.digest == ready.digest


def test_deploy_waits_until_the_environment_is_ready_before_it_plans(shop: Shop) -> None:
    shop.platform.status = "Updating"
    looks = iter(["Updating", "Updating", "Ready"])
    observe = shop.platform.environment

    def changing(application: str, name: str) -> Any:
        shop.platform.status = next(looks, "Ready")
        return observe(application, name)

    shop.platform.environment = changing  # type: ignore[method-assign]
    plans: list[Deployment] = []
    assert shop.deploy(confirm=plans.append) == "1.0.0"
    assert not any(str(step).startswith("wait") for step in plans[0].plan.steps)


def test_the_expected_digest_is_required_before_anything_is_asked_or_done(shop: Shop) -> None:
    asked: list[Deployment] = []
    with pytest.raises(Raced, match=r"it is now:\nlocal runs 1\.1\.0-aaaaaaaa\nregister 1\.0\.0"):
        shop.deploy(confirm=asked.append, expect="sha256:" + "0" * 64)
    assert (asked, shop.platform.updates) == ([], [])
    assert shop.deploy(expect=shop.plan().digest) == "1.0.0"


def test_a_target_that_changed_during_the_confirmation_is_left_alone_with_the_difference(shop: Shop) -> None:
    def somebody_else_deploys(deployment: Deployment) -> None:
        shop.platform.label = "1.2.0-cccccccc"

    with pytest.raises(Raced) as raced:
        shop.deploy(confirm=somebody_else_deploys)
    assert "- local runs 1.1.0-aaaaaaaa\n+ local runs 1.2.0-cccccccc" in raced.value.message
    assert (shop.platform.updates, raced.value.exit_code) == ([], 1)
    assert log.read(shop.site.project) == ()


def test_an_environment_that_became_busy_during_the_confirmation_is_left_alone(shop: Shop) -> None:
    def somebody_else_changes_the_environment(deployment: Deployment) -> None:
        shop.platform.status = "Updating"

    with pytest.raises(Raced, match=r"\+ wait for tiny-local +it is updating"):
        shop.deploy(confirm=somebody_else_changes_the_environment, timeout=0.05)
    assert (shop.platform.updates, log.read(shop.site.project)) == ([], ())


def test_a_refused_confirmation_changes_nothing(shop: Shop) -> None:
    def refuse(deployment: Deployment) -> None:
        raise Refused("no")

    with pytest.raises(Refused):
        shop.deploy(confirm=refuse)
    assert (shop.platform.updates, list(shop.platform.versions)) == ([], ["1.1.0-aaaaaaaa"])


def test_nothing_is_asked_when_the_target_already_runs_the_release(shop: Shop) -> None:
    shop.deploy()
    asked: list[Deployment] = []
    assert shop.deploy(confirm=asked.append) == "1.0.0"
    assert (asked, len(shop.platform.updates)) == ([], 1)


def test_downgrades_are_warned_of_before_the_confirmation_and_can_be_waived(shop: Shop) -> None:
    warned: list[str] = []
    shop.deploy(confirm=lambda _: warned.extend(shop.warnings))
    assert warned == [LOST]
    shop.platform.label, shop.events = "1.1.0-aaaaaaaa", []
    shop.deploy(waived=frozenset({Check.DOWNGRADES}))
    assert shop.warnings == []


@pytest.mark.parametrize("label", ["Sample Application", "9.9.9-aaaaaaaa"])
def test_downgrades_are_unknown_without_the_record_of_what_runs(shop: Shop, label: str) -> None:
    shop.platform.label = label
    plan = shop.plan("1.1.0")
    assert (plan.changes, checks.downgrades(plan)) == (None, ())


def test_images_for_another_processor_are_refused_in_both_directions(shop: Shop) -> None:
    shop.site = replace(shop.site, target=replace(shop.site.target, architecture="linux/riscv64"))
    with pytest.raises(Refused, match="the machines of local are linux/riscv64"):
        shop.plan()
    with pytest.raises(Refused, match="the machines of local are linux/riscv64"):
        rollback.plan(shop.site, RollbackRequest(parse("1.0.0")), find=shop.find)
    assert shop.plan(waived=frozenset({Check.ARCHITECTURE})).plan.steps


def test_deploy_requires_variables_and_rollback_does_not(shop: Shop) -> None:
    root = shop.site.project.root
    write(root, "environments/prod/.env.example", CONTRACT)
    commit(root, "Require a variable")
    shop.releases["1.2.0"] = tagged(shop.site.project, "1.2.0")
    with pytest.raises(Refused, match="ENV_SENTRY: Where errors go"):
        shop.deploy("1.2.0")
    result = rollback.rollback(shop.site, RollbackRequest(parse("1.2.0")), no_confirmation, find=shop.find)
    assert result.changed
    shop.platform.label, shop.platform.own_variables = "1.1.0-aaaaaaaa", frozenset({"ENV_SENTRY"})
    assert shop.deploy("1.2.0") == "1.2.0"


def test_an_index_that_holds_another_release_than_the_tag_is_refused(shop: Shop) -> None:
    other = release("1.1.0")
    assert other.digest != shop.releases["1.1.0"].digest
    shop.releases["1.1.0"] = other
    with pytest.raises(Refused, match=r"holds another release under 1\.1\.0 than the tag"):
        shop.plan("1.1.0")


def test_clone_without_the_tag_deploys_with_a_warning_and_says_so_as_json(shop: Shop) -> None:
    git(shop.site.project.root, "tag", "--delete", "v1.0.0")
    plan = shop.plan()
    assert [line for line in shop.warnings if "not compared" in line] == [plan.uncompared]
    assert view.plan_data(plan)["uncompared"] == plan.uncompared
    shop.events.clear()
    assert shop.deploy() == "1.0.0"
    assert plan.uncompared in shop.warnings
    assert view.plan_data(shop.plan("1.1.0"))["uncompared"] is None


def test_rollback_in_a_clone_without_the_tag_warns_and_with_another_tag_refuses(shop: Shop) -> None:
    git(shop.site.project.root, "tag", "--delete", "v1.0.0")
    request = RollbackRequest(parse("1.0.0"))
    rollback.plan(shop.site, request, shop.events.append, find=shop.find)
    assert any("v1.0.0 is not in this clone" in line for line in shop.warnings)
    git(shop.site.project.root, "tag", "v1.0.0")
    with pytest.raises(Refused, match="has no release record"):
        rollback.plan(shop.site, request, find=shop.find)


def test_a_target_without_environment_names_the_command_that_creates_it(shop: Shop) -> None:
    shop.platform.environment = lambda application, name: None  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(PlatformError) as missing:
        shop.plan()
    assert missing.value.hint == "dockdj create local"


def test_rollback_chooses_the_release_before_and_compares_the_two(shop: Shop) -> None:
    for version in ("1.0.0", "1.1.0"):
        log.append(shop.site.project, LogEvent(EventKind.DEPLOYED, version, "local", Outcome.OK))
    plan = rollback.plan(shop.site, RollbackRequest(), find=shop.find)
    assert str(plan.release.version) == "1.0.0"
    assert not isinstance(plan.comparison, str)
    assert (str(plan.comparison.before.version), str(plan.comparison.after.version)) == ("1.1.0", "1.0.0")
    result = rollback.rollback(shop.site, RollbackRequest(expect=plan.digest), no_confirmation, find=shop.find)
    assert version_in_label(result.environment.label) == "1.0.0"
    assert [(event.what, event.outcome) for event in log.read(shop.site.project)][-2:] == [
        (EventKind.ROLLED_BACK, Outcome.STARTED),
        (EventKind.ROLLED_BACK, Outcome.OK),
    ]


def test_a_rollback_whose_releases_cannot_be_compared_still_has_a_plan(shop: Shop) -> None:
    shop.platform.label = "9.9.9-aaaaaaaa"
    plan = rollback.plan(shop.site, RollbackRequest(parse("1.0.0")), find=shop.find)
    assert isinstance(plan.comparison, str)
    assert plan.comparison.startswith("9.9.9 → 1.0.0: no comparison, ")
