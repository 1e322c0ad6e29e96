"""One environment on real instances, from launch to termination."""

import io
import re
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from dockdj.localcloud.contract import DeploymentFailed, LogKind, Policy
from dockdj.localcloud.fleet import instance, rollout
from tests.localcloud.fleet import bundles
from tests.localcloud.fleet.conftest import Environment
from tests.support.eventually import eventually
from tests.support.load import Load

pytestmark = pytest.mark.docker

PREDEPLOY = ".platform/hooks/predeploy/10_release"
POSTDEPLOY = ".platform/hooks/postdeploy/10_after"
CONFIG_PREDEPLOY = ".platform/confighooks/predeploy/10_changed"


def test_launched_environment_is_healthy_on_every_instance(environment: Environment) -> None:
    states = environment.states()
    assert [(state.status, state.version_label, state.causes) for state in states] == [("Ok", "v1-1", ())] * 2
    assert all(re.fullmatch(r"i-[0-9a-f]{17}", state.id) for state in states)
    answer = environment.page("/")
    assert answer["release"] == "1"
    assert answer["page"] == {"host": f"127.0.0.1:{environment.spec.port}", "port": str(environment.spec.port)}


def test_containers_get_the_environment_properties_unchanged(environment: Environment) -> None:
    variables = environment.page("/environment")["page"]
    properties = environment.spec.variables
    assert {name: variables[name] for name in properties} == dict(properties)


def test_container_inside_an_instance_reaches_its_database(environment: Environment) -> None:
    assert environment.page("/postgres")["page"] in ("S", "N")


def test_hooks_and_commands_run_in_the_platforms_order(environment: Environment) -> None:
    log = "/root/order"
    hook = f'#!/bin/sh\necho "$(basename $(dirname $0)) $(pwd) $COLOUR $(id -u)" >>{log}\n'
    files = {
        ".platform/hooks/prebuild/10_first": hook.replace("\n", "\r\n"),
        ".platform/hooks/prebuild/20_folder/file": "#!/bin/sh\nexit 1\n",
        ".ebextensions/10.config": "container_commands:\n"
        f"  20: {{command: 'echo all >>{log}'}}\n"
        f"  10_leader: {{command: 'echo leader >>{log}', leader_only: true}}\n"
        f"  30_never: {{command: 'echo never >>{log}', test: 'false'}}\n"
        f"commands: {{10_early: {{command: 'echo early $(pwd) >>{log}'}}}}\n"
        "groups: {crew: {}}\nusers: {worker: {groups: [crew]}}\n"
        'files: {/opt/written: {mode: "000640", owner: worker, group: crew, content: "text"}}\n'
        "packages: {yum: {procps-ng: [], no-such-package: []}}\n",
        PREDEPLOY: hook + f"/opt/elasticbeanstalk/bin/get-config environment -k COLOUR >>{log}\n",
        POSTDEPLOY: hook,
    }
    environment.deploy(environment.version("1", files=files))
    leader, other = (environment.inside(container, f"cat {log}").splitlines() for container in environment.containers())
    steps = [
        "early /",
        "prebuild /var/app/staging red $ONE 0",
        "leader",
        "all",
        "predeploy /var/app/staging red $ONE 0",
        "red $ONE",
        "postdeploy /var/app/current red $ONE 0",
    ]
    assert leader == steps
    assert other == [line for line in steps if line != "leader"]
    for container in environment.containers():
        written = environment.inside(
            container, "stat -c '%a %U %G' /opt/written && cat /opt/written && echo && id -Gn worker"
        )
        assert written.split() == ["640", "worker", "crew", "text", "worker", "crew"]
    warning = "WARN Debian has no package 'no-such-package', which .ebextensions/10.config names"
    assert warning in environment.event_text()


def test_secrets_are_read_by_new_instances_and_changes_of_options_only(environment: Environment) -> None:
    def values() -> list[str]:
        container = "$(docker ps -q --filter label=com.docker.compose.service=web)"
        return [environment.inside(name, f"docker exec {container} printenv KEY") for name in environment.containers()]

    properties = environment.spec
    environment.secrets.stored["arn"] = "one"
    environment.configure(environment.version("1"), secrets={"KEY": "arn"})
    assert values() == ["one", "one"]
    environment.secrets.stored.clear()
    environment.deploy(environment.version("1"))
    environment.operations.restart(environment.spec, environment.emit)
    assert values() == ["one", "one"]
    with pytest.raises(DeploymentFailed):
        environment.configure(environment.version("1"), variables={**properties.variables, "NEW": "1"})
    assert "ERROR There is no arn." in environment.event_text()
    assert values() == ["one", "one"]
    environment.secrets.stored["arn"] = "two $2"
    environment.configure(environment.version("1"), variables=properties.variables, min_size=3)
    assert values() == ["two $2"] * 3
    hook = {PREDEPLOY: "#!/bin/sh\necho $KEY >/root/seen\n"}
    environment.deploy(environment.version("1", files=hook))
    assert environment.inside(environment.containers()[2], "cat /root/seen") == "two $2"
    arguments = environment.inside(environment.containers()[0], "cat /proc/*/cmdline | tr '\\0' ' '")
    logs = environment.inside(environment.containers()[0], "cat /var/log/eb-engine.log /var/log/docker.log")
    assert "two $2" not in arguments + logs + environment.event_text()
    environment.configure(environment.version("1"), secrets={}, min_size=2)


def test_logs_of_each_instance_are_a_text_or_a_zip_file(environment: Environment) -> None:
    ids = [state.id for state in environment.states()]
    tails = environment.operations.logs(environment.spec, LogKind.TAIL)
    bundled = environment.operations.logs(environment.spec, LogKind.BUNDLE)
    assert list(tails) == list(bundled) == ids
    for instance_id in ids:
        text = tails[instance_id].decode()
        assert "\n/var/log/eb-engine.log\n" in text
        assert "docker compose up" in text
        with zipfile.ZipFile(io.BytesIO(bundled[instance_id])) as archive:
            assert archive.testzip() is None
            engine = archive.read("var/log/eb-engine.log").decode()
            streams = [name for name in archive.namelist() if name.endswith("-stdouterr.log")]
        assert "docker compose pull" in engine
        assert streams


def test_dotenv_of_the_bundle_replaces_the_environment_properties(environment: Environment) -> None:
    environment.deploy(environment.version("1", files={".env": "ONLY=this\n"}), policy=Policy.ALL_AT_ONCE)
    variables = environment.page("/environment")["page"]
    assert variables["ONLY"] == "this"
    assert "COLOUR" not in variables


def test_rolling_deployment_loses_no_request(environment: Environment) -> None:
    environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    with Load(environment.url, clients=20) as load:
        load.until(300)
        deployment = environment.deploy(environment.version("2"))
        load.until(2000)
    assert (load.failed, dict(load.failures)) == (0, {})
    assert load.requests >= 2000
    assert load.answers["1"] and load.answers["2"]
    assert "INFO Batch 2: Completed application deployment." in environment.event_text()
    states = environment.states()
    assert {(state.version_label, state.deployment_id) for state in states} == {
        (deployment.version_label, deployment.id)
    }
    for item in environment.operations.placement.instances(environment.spec):
        containers = instance.ask(item, {"action": "status"}, timeout=60)["containers"]
        assert [container["digests"] for container in containers] == [[environment.images["2"]]]


def test_active_requests_are_completed_during_a_deployment(environment: Environment) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(environment.page, "/slow") for _ in range(4)]
        environment.deploy(environment.version("1"))
    assert [answer.result()["page"] for answer in answers] == ["done"] * 4


def test_volumes_survive_a_deployment(environment: Environment) -> None:
    counts = [counted(environment, container) for container in environment.containers()]
    environment.deploy(environment.version("2"), policy=Policy.ALL_AT_ONCE)
    after = [counted(environment, container) for container in environment.containers()]
    assert after == [count + 1 for count in counts]


def counted(environment: Environment, container: str) -> int:
    return int(re.findall(r'"page": (\d+)', environment.inside(container, "curl -s http://127.0.0.1/kept"))[0])


def test_failing_hook_ends_the_deployment_and_the_old_version_keeps_serving(environment: Environment) -> None:
    environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    broken = environment.version("2", files={PREDEPLOY: "#!/bin/sh\necho the table is locked\nexit 3\n"})
    with Load(environment.url) as load, pytest.raises(DeploymentFailed):
        load.until(50)
        environment.deploy(broken)
    assert load.failed == 0
    assert set(load.answers) == {"1"}
    assert f"Hook {PREDEPLOY} failed with exit code 3.\nthe table is locked" in environment.event_text()
    assert "Batch 2" not in environment.event_text()
    states = environment.states()
    assert [(state.status, state.version_label) for state in states] == [("Ok", f"v1-{environment.number - 1}")] * 2


def test_unhealthy_release_ends_the_deployment_in_the_first_batch(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    with Load(environment.url) as load, monkeypatch.context() as patch, pytest.raises(DeploymentFailed):
        load.until(50)
        # The release never becomes healthy, so a short limit saves time.
        patch.setattr(rollout, "health_seconds", lambda _: 5.0)
        environment.deploy(environment.version("2", HEALTH="500"))
    assert load.failed == 0
    assert set(load.answers) == {"1"}
    # A single check may time out on a busy machine; later ones report the status code.
    eventually(lambda: "L7STS/500" in " ".join(environment.states()[0].causes))
    first, second = environment.states()
    assert (first.status, first.version_label) == ("Severe", f"v2-{environment.number}")
    assert (second.status, second.version_label) == ("Ok", f"v1-{environment.number - 1}")
    assert f"[Instance: {first.id}] Instance did not pass the health checks of /health" in environment.event_text()
    environment.deploy(environment.version("1"))
    assert [state.status for state in environment.states()] == ["Ok", "Ok"]


def test_command_beyond_the_timeout_fails_the_deployment(environment: Environment) -> None:
    slow = environment.version("2", files={PREDEPLOY: "#!/bin/sh\nsleep 600\n"})
    with pytest.raises(DeploymentFailed):
        environment.deploy(slow, command_timeout=3)
    assert "did not end within 3 seconds" in environment.event_text()
    assert "sleep 600" not in environment.inside(environment.containers()[0], "ps ax")


def test_changed_variables_are_deployed_without_a_new_version(environment: Environment) -> None:
    files = {CONFIG_PREDEPLOY: "#!/bin/sh\ntouch /root/changed\n", PREDEPLOY: "#!/bin/sh\nrm -f /root/changed\n"}
    deployment = environment.deploy(environment.version("1", files=files), policy=Policy.ALL_AT_ONCE)
    with Load(environment.url) as load:
        load.until(50)
        environment.configure(deployment, variables={**environment.spec.variables, "COLOUR": "blue"})
    assert load.failed == 0
    assert environment.page("/environment")["page"]["COLOUR"] == "blue"
    assert all(environment.inside(container, "ls /root/changed") for container in environment.containers())
    events = environment.event_text()
    environment.configure(deployment)
    assert "Batch 1" in events
    assert environment.event_text() == ""


def test_changed_size_adds_and_removes_instances(environment: Environment) -> None:
    deployment = environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    environment.configure(deployment, min_size=3)
    states = environment.states()
    assert [(state.status, state.version_label) for state in states] == [("Ok", deployment.version_label)] * 3
    with Load(environment.url) as load:
        load.until(50)
        environment.configure(deployment, min_size=2)
        load.until(100)
    assert load.failed == 0
    assert [state.id for state in environment.states()] == [s.id for s in states[:2]]
    assert f"Removed instance [{states[2].id}] from your environment." in environment.event_text()


def test_changed_health_options_lose_no_request(environment: Environment) -> None:
    deployment = environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    with Load(environment.url, clients=8) as load:
        for path in ("/", "/health"):
            environment.configure(deployment, health_path=path)
            load.until(load.requests + 200)
    assert (load.failed, dict(load.failures)) == (0, {})
    environment.configure(deployment, health_codes=frozenset({302}))
    eventually(lambda: {state.status for state in environment.states()} == {"Severe"})
    environment.configure(deployment, health_codes=frozenset({200}))
    eventually(lambda: {state.status for state in environment.states()} == {"Ok"})


def test_images_older_than_the_previous_deployment_are_removed(environment: Environment) -> None:
    for release in ("1", "2", "1"):
        environment.deploy(environment.version(release), policy=Policy.ALL_AT_ONCE)
    container = environment.containers()[0]
    assert len(environment.inside(container, "docker images -q").split()) == 2
    environment.deploy(environment.version("1"), policy=Policy.ALL_AT_ONCE)
    assert len(environment.inside(container, "docker images -q").split()) == 1


def test_stopped_cloud_starts_again_with_the_same_instances(environment: Environment) -> None:
    deployment = environment.deploy(environment.version("2"), policy=Policy.ALL_AT_ONCE)
    before = environment.states()
    environment.operations.stop()
    with pytest.raises(OSError):
        urllib.request.urlopen(environment.url, timeout=10)
    assert environment.operations.start(environment.spec, deployment) == environment.spec.port
    assert environment.states() == before
    assert environment.page()["release"] == "2"


def test_restarted_balancer_knows_its_instances(environment: Environment) -> None:
    bundles.docker("restart", environment.operations.placement.balancer(environment.spec))
    # The balancer checks its instances first, so the first answers may be 503.
    with Load(environment.url) as load:
        eventually(lambda: load.answers.total() > 0)
    eventually(lambda: [item.status for item in environment.states()] == ["Ok", "Ok"])


def test_termination_removes_all_containers_and_volumes(environment: Environment, state_id: str) -> None:
    environment.operations.terminate(environment.spec, environment.emit)
    mine = ("--filter", f"label=org.dockdj.environment={environment.spec.environment_id}")
    cloud = ("--filter", f"label=org.dockdj.cloud={state_id}")
    assert bundles.docker("ps", "--all", "--quiet", *cloud, *mine) == ""
    assert bundles.docker("volume", "ls", "--quiet", *cloud, *mine) == ""
    environment.operations.terminate(environment.spec, environment.emit)
