"""Package URLs: the names under which databases of vulnerabilities know a package. https://github.com/package-url"""

from collections.abc import Mapping
from urllib.parse import quote

from dockdj.model.image_names import parts
from dockdj.model.inventory.inventory import OsPackage
from dockdj.model.release.image import OperatingSystem

# Distributions with apk. All others in records have dpkg.
APK = frozenset({"alpine", "chainguard", "postmarketos", "wolfi"})


def encode(
    kind: str, name: str, version: str, *, namespace: str = "", qualifiers: Mapping[str, str] | None = None
) -> str:
    """A package URL in canonical form; the parts are as the packages' own type writes them."""
    path = [*(_quoted(part) for part in namespace.split("/") if part), _quoted(name)]
    given = "&".join(f"{key}={_quoted(value, also='/')}" for key, value in sorted((qualifiers or {}).items()) if value)
    return f"pkg:{kind}/{'/'.join(path)}" + (f"@{_quoted(version)}" if version else "") + (f"?{given}" if given else "")


def of_os_package(system: OperatingSystem, name: str, package: OsPackage) -> str:
    """The address of an operating system's package.

    `upstream` is the source package where its name differs: Debian's advisories are about sources.
    """
    upstream = package.source if package.source != name else ""
    distro = "-".join(part for part in (system.id, system.version) if part)
    return encode(
        "apk" if system.id in APK else "deb",
        name,
        package.version,
        namespace=system.id,
        qualifiers={"distro": distro, "upstream": upstream},
    )


def of_image(reference: str, config: str) -> str:
    """The address of an image by the digest of its configuration, which type `docker` calls the image's id.

    Type `oci` requires the digest of a manifest, which exists only after a push. A registry in `reference` becomes
    `repository_url`.
    """
    path = reference.partition("@")[0]
    host, rest = parts(path)
    namespace, _, last = rest.rpartition("/")
    # Docker Hub needs no address, unless it was written.
    qualifiers = {"repository_url": host} if rest != path else {}
    return encode("docker", last.partition(":")[0], config, namespace=namespace, qualifiers=qualifiers)


def _quoted(text: str, also: str = "") -> str:
    # The specification keeps the colon as it is.
    return quote(text, safe=f":{also}")
