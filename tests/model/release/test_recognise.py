"""The rules that recognise a release's images: by layers on an engine, by configuration in a registry."""

from dataclasses import dataclass, replace

from dockdj.model.release.recognise import is_recorded, recorded_manifests
from dockdj.model.release.schema import image_of
from tests.support.records import service

RECORDED = image_of(service(diff_ids=["sha256:a", "sha256:b"]))


@dataclass(frozen=True)
class Local:
    diff_ids: tuple[str, ...]


def test_an_image_with_the_recorded_layers_is_the_recorded_one() -> None:
    assert is_recorded(Local(("sha256:a", "sha256:b")), RECORDED)
    # The digest of the configuration does not decide.
    assert is_recorded(Local(("sha256:a", "sha256:b")), replace(RECORDED, config="sha256:other"))


def test_an_image_with_other_layers_or_none_is_not_recorded() -> None:
    for layers in ((), ("sha256:a",), ("sha256:b", "sha256:a"), ("sha256:a", "sha256:b", "sha256:c")):
        assert not is_recorded(Local(layers), RECORDED)
    assert not is_recorded(None, RECORDED)


def test_manifests_are_matched_by_configuration_and_missing_images_left_out() -> None:
    configs = {"django": "sha256:1", "worker": "sha256:1", "redis": "sha256:2"}
    assert recorded_manifests(configs, {"sha256:1": "sha256:m", "sha256:3": "sha256:n"}) == {
        "django": "sha256:m",
        "worker": "sha256:m",
    }
