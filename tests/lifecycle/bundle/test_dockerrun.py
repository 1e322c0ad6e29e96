"""Dockerrun.aws.json in a project: made by `new`, compared with its source before anything is built."""

import json
from pathlib import Path

import pytest

from dockdj.adapters import project_file
from dockdj.errors import ProjectError
from dockdj.lifecycle.build import images as built_images
from dockdj.lifecycle.bundle import bundle, containers, dockerrun
from dockdj.lifecycle.project import new
from dockdj.lifecycle.project.new import Answers
from dockdj.model.project.project import Project, Target

NAME = "Dockerrun.aws.json"


@pytest.fixture
def ecs(tmp_path: Path) -> Project:
    return project_file.load(new.new(tmp_path / "shop", Answers("shop", platform="ecs")).root)


def test_only_projects_of_the_ecs_platform_have_the_file(tmp_path: Path, ecs: Project) -> None:
    document = json.loads((ecs.root / NAME).read_text())
    images = {one["name"]: one["image"] for one in document["containerDefinitions"]}
    assert images == {"django": "shop/django:prod", "nginx": "shop/nginx:prod"}
    assert ecs.targets["local"].platform == ecs.recipe.answers["platform"] == "ecs"
    assert dockerrun.check(ecs) is True
    assert dockerrun.write(ecs) is False

    other = project_file.load(new.new(tmp_path / "shed", Answers("shed")).root)
    assert not (other.root / NAME).exists()
    assert dockerrun.check(other) is False
    with pytest.raises(ProjectError, match='no target has platform = "ecs"'):
        dockerrun.write(other)


def test_a_changed_file_is_refused_with_the_difference_before_anything_is_built(ecs: Project) -> None:
    path = ecs.root / NAME
    whole = path.read_text()
    path.write_text(whole.replace("shop/nginx:prod", "shop/nginx:qa"))
    with pytest.raises(ProjectError) as caught:
        built_images.build(ecs, "prod")
    lines = caught.value.message.splitlines()
    assert '-      "image": "shop/nginx:qa",' in lines
    assert '+      "image": "shop/nginx:prod",' in lines
    assert "dockdj dockerrun" in caught.value.hint

    assert dockerrun.write(ecs) is True
    assert path.read_text() == whole


def test_a_missing_file_is_a_difference(ecs: Project) -> None:
    (ecs.root / NAME).unlink()
    with pytest.raises(ProjectError, match="--- /dev/null"):
        dockerrun.check(ecs)


def test_a_missing_compose_file_is_refused(ecs: Project) -> None:
    ecs.compose_file("prod").unlink()
    with pytest.raises(ProjectError, match=r"docker-compose\.yml cannot be read: No such file"):
        dockerrun.check(ecs)


def test_a_changed_source_is_a_difference_in_a_checkout_too(ecs: Project) -> None:
    source = ecs.compose_file("prod")
    source.write_text(source.read_text().replace("mem_limit: 128m", "mem_limit: 129m"))
    with pytest.raises(ProjectError, match='"memory": 129'):
        dockerrun.check(ecs, ecs.root)


def test_the_bundle_of_an_ecs_target_pins_images_and_adds_the_targets_values(ecs: Project) -> None:
    target = Target("shop", "shop-local", platform="ecs", execution_role="arn:aws:iam::1:role/x")
    released, source = containers.of_checkout(ecs, ecs.root), ecs.production.compose
    images = {"django": "r/shop@sha256:1", "nginx": "r/shop@sha256:2"}
    file = bundle.stack_file(target, released, source, images, {"ENV_A": "$1"})
    document = json.loads(file.content)
    assert file.path == NAME
    assert document["executionRoleArn"] == "arn:aws:iam::1:role/x"
    assert [one["image"] for one in document["containerDefinitions"]] == ["r/shop@sha256:1", "r/shop@sha256:2"]
    assert all({"name": "ENV_A", "value": "$1"} in one["environment"] for one in document["containerDefinitions"])

    docker = Target("shop", "shop-local")
    assert bundle.stack_file(docker, released, source, images, {}).path == "docker-compose.yml"


def test_secrets_on_ecs_need_a_role(ecs: Project) -> None:
    without = (ecs.root / "dockdj.toml").read_text() + '[targets.local.secrets]\nA = "arn:b"\n'
    with pytest.raises(ProjectError, match="execution_role: the ARN of the role"):
        project_file.parse(without, ecs.root)
    role = without.replace('platform = "ecs"\ninstances', 'platform = "ecs"\nexecution_role = "arn:r"\ninstances')
    assert project_file.parse(role, ecs.root).targets["local"].execution_role == "arn:r"
    with pytest.raises(ProjectError, match='belongs to platform = "ecs"'):
        project_file.parse(role.replace('"ecs"\nexecution', '"docker"\nexecution'), ecs.root)


def test_a_key_without_an_equivalent_is_named_by_file_line_and_name(ecs: Project) -> None:
    source = ecs.compose_file("prod")
    text = source.read_text().replace("    mem_limit: 128m\n", "    mem_limit: 128m\n    cpus: 0.5\n")
    source.write_text(text)
    line = text.splitlines().index("    cpus: 0.5") + 1
    with pytest.raises(ProjectError, match=rf"docker-compose\.yml:{line}: services\.nginx\.cpus: ECS"):
        dockerrun.check(ecs)
