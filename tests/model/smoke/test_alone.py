"""A service of a compose file, alone and without a network."""

from typing import Any

from dockdj.model.smoke.alone import alone

DOCUMENT: dict[str, Any] = {
    "services": {
        "django": {
            "image": "shop/django:prod",
            "environment": {"DJANGO_SETTINGS_MODULE": "shop.production"},
            "env_file": ".env",
            "secrets": ["key"],
            "working_dir": "/srv",
            "command": ["/start.sh", "web"],
            "depends_on": ["postgres"],
            "networks": ["back"],
            "ports": ["80:80"],
            "volumes": ["./data:/data"],
            "restart": "always",
        },
        "postgres": {"image": "postgres:17"},
    },
    "networks": {"back": None},
    "secrets": {"key": {"environment": "KEY"}},
    "volumes": {"data": None},
}


def test_a_service_alone_keeps_its_settings_and_has_no_network_and_no_volume() -> None:
    document = alone(DOCUMENT, "django", ["python", "manage.py", "x$y"])
    assert set(document) == {"services", "secrets"}
    (service,) = document["services"].values()
    kept = ("image", "environment", "env_file", "secrets", "working_dir")
    assert {key: service[key] for key in kept} == {key: DOCUMENT["services"]["django"][key] for key in kept}
    assert (service["network_mode"], service["read_only"]) == ("none", True)
    assert service["entrypoint"] == ["python", "manage.py", "x$$y"]
    assert not {"command", "depends_on", "networks", "ports", "volumes", "restart"} & set(service)
