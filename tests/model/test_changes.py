from dockdj.model.changes import PackageChange, as_data, diff
from tests.support.records import release, service


def test_a_release_does_not_differ_from_itself() -> None:
    one = release()
    assert diff(one, one).empty


def test_package_runtime_file_and_image_are_each_found() -> None:
    old = release("1.0.0", django=service())
    new = release(
        "1.1.0",
        django=service(
            config="sha256:new",
            os={
                "id": "debian",
                "version": "13",
                "packages": {"jq": {"source": "jq", "version": "1.7"}, "zlib1g": {"source": "zlib", "version": "1.4"}},
            },
            python={"version": "3.13.6", "packages": {}},
            files={"/etc/nginx/nginx.conf": "sha256:b"},
        ),
    )
    found = diff(old, new)
    assert found.packages == (
        PackageChange("django", "os", "jq", None, "1.7"),
        PackageChange("django", "os", "zlib1g", "1.3", "1.4"),
        PackageChange("django", "python", "django", "6.1.3", None),
    )
    assert [change.change for change in found.packages] == ["add", "other", "remove"]
    assert [(one.name, one.before, one.after) for one in found.runtimes] == [("python", "3.13.5", "3.13.6")]
    assert [one.name for one in found.files] == ["/etc/nginx/nginx.conf"]
    assert [one.service for one in found.images] == ["django"]
    assert not found.empty


def test_the_other_way_round_is_the_mirror_image() -> None:
    old, new = release("1.0.0"), release("1.1.0", django=service(), nginx=service())
    there, back = as_data(diff(old, new)), as_data(diff(new, old))
    assert [(one["name"], one["before"], one["after"]) for one in there["packages"]] == [
        (one["name"], one["after"], one["before"]) for one in back["packages"]
    ]
    assert {one["change"] for one in there["packages"]} == {"add"}
    assert {one["change"] for one in back["packages"]} == {"remove"}
