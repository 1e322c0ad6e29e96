import pytest

from dockdj.model.image_names import parts


@pytest.mark.parametrize(
    ("name", "host", "rest"),
    [
        ("team/shop:1.0.0", "docker.io", "team/shop:1.0.0"),
        ("shop:1.0.0", "docker.io", "shop:1.0.0"),
        ("docker.io/team/shop", "docker.io", "team/shop"),
        ("localhost/shop", "localhost", "shop"),
        ("registry:5000/shop@sha256:aa", "registry:5000", "shop@sha256:aa"),
    ],
)
def test_name_without_a_host_belongs_to_docker_hub(name: str, host: str, rest: str) -> None:
    assert parts(name) == (host, rest)
