from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.inventory.inventory import (
    Base,
    Contents,
    Distribution,
    Interpreter,
    Inventory,
    OsPackage,
    built_on,
    proved_base,
)

IMAGE = Contents("sha256:i", ("a", "b", "c"))
LAYERS = st.lists(st.sampled_from("abcd"), max_size=5).map(tuple)


def test_base_is_the_candidate_with_the_most_matching_layers() -> None:
    candidates = {
        "debian": Contents("sha256:d", ("a",)),
        "python": Contents("sha256:p", ("a", "b")),
        "node": Contents("sha256:n", ("a", "c")),
        "other": Contents("sha256:o", ("b",)),
        "scratch": Contents("sha256:s", ()),
    }
    assert proved_base(candidates, IMAGE) == Base("python", "sha256:p", 2)
    assert proved_base({"node": candidates["node"], "scratch": candidates["scratch"]}, IMAGE) is None


def test_image_is_not_its_own_base() -> None:
    assert proved_base({"itself": IMAGE}, IMAGE) is None


@given(LAYERS, LAYERS)
def test_base_is_proved_exactly_if_layers_were_added(below: tuple[str, ...], above: tuple[str, ...]) -> None:
    expected = Base("x", "sha256:x", len(below)) if below and above else None
    assert proved_base({"x": Contents("sha256:x", below)}, Contents("sha256:y", below + above)) == expected


def test_package_has_the_base_as_origin_only_at_the_same_version() -> None:
    below = Inventory(
        os_packages={"bash": OsPackage("5.2", "bash"), "libc6": OsPackage("2.40", "glibc")},
        python={"/usr/local": Interpreter("3.13.5", {"pip": Distribution("25.1")})},
    )
    image = Inventory(
        os_packages={
            "bash": OsPackage("5.2", "bash"),
            "libc6": OsPackage("2.41", "glibc"),
            "nginx": OsPackage("1.26", "nginx"),
        },
        python={
            "/usr/local": Interpreter("3.13.5", {"pip": Distribution("25.1"), "uv": Distribution("0.9")}),
            "/opt/venv": Interpreter("3.13.5", {"pip": Distribution("25.1")}),
        },
    )
    found = built_on(image, Base("debian", "sha256:d", 1), below)
    assert {name: package.origin for name, package in (found.os_packages or {}).items()} == {
        "bash": "base",
        "libc6": "ours",
        "nginx": "ours",
    }
    assert found.python["/usr/local"].packages == {
        "pip": Distribution("25.1", "base"),
        "uv": Distribution("0.9", "ours"),
    }
    assert found.python["/opt/venv"].packages["pip"].origin == "ours"
    assert found.base == Base("debian", "sha256:d", 1)
