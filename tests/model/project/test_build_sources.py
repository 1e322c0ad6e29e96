import subprocess

from dockdj.model.project.build_sources import Sources, mistakes, overridden


def test_this_machines_variables_override_the_file() -> None:
    file = Sources(python_index="https://one.example/simple", images={"postgres:17": "a.example/postgres:17"})

    found = overridden(
        file,
        {
            "DOCKDJ_PYTHON_INDEX": "https://two.example/simple",
            "DOCKDJ_CA_BUNDLE": "/etc/corporate.pem",
            "DOCKDJ_NPM_REGISTRY": "",
            "DOCKDJ_IMAGES": "debian:trixie-slim=b.example/debian postgres:17=b.example/postgres",
        },
    )

    assert found.python_index == "https://two.example/simple"
    assert found.ca_bundle == "/etc/corporate.pem"
    assert found.npm_registry is None
    assert found.image("postgres:17") == "b.example/postgres"
    assert found.image("debian:trixie-slim") == "b.example/debian"
    assert found.image("redis:8") == "redis:8"
    assert overridden(file, {}) == file


def test_a_shell_reads_the_mirrors_back() -> None:
    sources = Sources(python_index="https://me:a$b&c@one.example/simple?x=1", debian_mirror="http://two.example/debian")

    names = "$UV_DEFAULT_INDEX $PIP_INDEX_URL $DEBIAN_MIRROR [$NPM_CONFIG_REGISTRY]"
    read = subprocess.run(
        ["sh", "-c", f'eval "$0"; echo "{names}"', sources.mirrors],
        capture_output=True,
        text=True,
        check=True,
        env={},
    ).stdout

    address = "https://me:a$b&c@one.example/simple?x=1"
    assert read == f"{address} {address} http://two.example/debian []\n"
    assert Sources().mirrors == ""


def test_mistakes_show_the_key_and_never_the_value() -> None:
    sources = Sources(
        python_index="https://me:secret@one.example/si mple",
        npm_registry="npm.example",
        images={"postgres:17": "", "x y": "z"},
    )

    found = list(mistakes(sources))

    assert [line.partition(":")[0] for line in found] == ["python_index", "npm_registry", "images", "images"]
    assert "secret" not in "".join(found)
    assert not list(mistakes(Sources(python_index="https://one.example/simple", images={"a": "b.example/a:1"})))
