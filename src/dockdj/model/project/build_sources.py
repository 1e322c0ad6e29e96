"""The sources of image builds: base images, package mirrors, and the certificate authorities to trust.

For companies without Docker Hub or behind a proxy that inspects TLS. Nothing of it reaches an image: base images
are replaced by name, the rest comes to the build steps as secrets of the build.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

# A URL or an image's name that a shell reads in single quotes and Docker on a line.
PLAIN = re.compile(r"[^\s'\"\\]+")
# Field -> its variables for the programs of a build step.
MIRRORS = {
    "python_index": ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
    "npm_registry": ("NPM_CONFIG_REGISTRY",),
    "debian_mirror": ("DEBIAN_MIRROR",),
}
# Field -> the variable of this machine that overrides dockdj.toml: not everybody has the same proxy.
VARIABLES = {
    "ca_bundle": "DOCKDJ_CA_BUNDLE",
    "python_index": "DOCKDJ_PYTHON_INDEX",
    "npm_registry": "DOCKDJ_NPM_REGISTRY",
    "debian_mirror": "DOCKDJ_DEBIAN_MIRROR",
}
IMAGES_VARIABLE = "DOCKDJ_IMAGES"


@dataclass(frozen=True)
class Sources:
    """[build] of `dockdj.toml`. `ca_bundle` is a PEM file, relative to the project's root or absolute.

    `images` replaces an image by another name of it, in every Dockerfile and compose file:
    {"postgres:17": "registry.example.com/mirror/postgres:17"}.
    """

    ca_bundle: str | None = None
    python_index: str | None = None
    npm_registry: str | None = None
    debian_mirror: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)

    def image(self, name: str) -> str:
        """The name that this machine pulls an image by."""
        return self.images.get(name, name)

    @property
    def mirrors(self) -> str:
        """The mirrors as lines NAME='VALUE' for a shell; empty without mirrors."""
        mirrors = [(name, getattr(self, key)) for key, names in MIRRORS.items() for name in names]
        return "".join(f"{name}='{value}'\n" for name, value in mirrors if value)


NO_SOURCES = Sources()


def overridden(sources: Sources, environ: Mapping[str, str]) -> Sources:
    """`sources`, overridden by this machine's variables.

    DOCKDJ_IMAGES holds pairs NAME=NAME separated by spaces; they are added to those of the file.
    """
    given = {key: environ[name] for key, name in VARIABLES.items() if environ.get(name)}
    pairs = (pair.partition("=") for pair in environ.get(IMAGES_VARIABLE, "").split())
    images = {**sources.images, **{name: other for name, _, other in pairs}}
    return replace(sources, images=images, **given)


def mistakes(sources: Sources) -> Iterator[str]:
    """The mistakes, each with its key, never with a value: an address may hold a password."""
    for key in MIRRORS:
        value = getattr(sources, key)
        if value is not None and not (PLAIN.fullmatch(value) and value.startswith(("http://", "https://"))):
            yield f"{key}: an http:// or https:// address without spaces and quotes is expected"
    for name, other in sources.images.items():
        if not PLAIN.fullmatch(name) or not PLAIN.fullmatch(other):
            yield f'images: "NAME" = "OTHER NAME" is expected, not {name!r} = {other!r}'
