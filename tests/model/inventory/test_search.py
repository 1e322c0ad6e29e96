from dockdj.model.inventory.search import search_of


def document(**config: object) -> dict[str, object]:
    return {"Architecture": "amd64", "Config": config}


def test_folders_are_the_usual_and_those_of_path_and_working_folder() -> None:
    search = search_of(
        document(
            Env=["PATH=/srv/venv/bin:/env/bin:/usr/local/bin:/bin:relative:/usr/lib/postgresql/17/bin", "A=b=c"],
            WorkingDir="/site/app",
        )
    )
    folders = search.folders()
    assert {"/site", "/env", "/opt", "/var"} <= set(folders)
    assert not {"/usr", "/site/app", "/srv/venv", "/usr/bin"} & set(folders)
    assert search.programs() == ["/usr/local/bin", "/usr/bin", "/usr/lib/postgresql/17/bin"]


def test_image_without_configuration_is_searched_by_the_default_path() -> None:
    search = search_of({"Config": None})
    assert search.programs() == ["/usr/local/bin", "/usr/bin"]
    assert "/" not in search.folders()
    assert (search.config, search.unmanaged) == ((), None)


def test_labels_give_paths() -> None:
    labels = {"org.dockdj.config": "/b  /a /b", "org.dockdj.unmanaged": ""}
    search = search_of(document(Labels=labels))
    assert (search.config, search.unmanaged) == (("/a", "/b"), ())


def test_search_wants_only_files_that_are_parsed() -> None:
    site = "/opt/venv/lib/python3.13/site-packages"
    plain = search_of(document())
    wanted = [
        "/var/lib/dpkg/status",
        "/var/lib/dpkg/updates/0001",
        f"{site}/a-1.dist-info/METADATA",
        "/opt/venv/pyvenv.cfg",
        f"{site}/a.egg-info",
    ]
    owners = [f"{site}/a-1.dist-info/RECORD", "/var/lib/dpkg/info/bash.list"]
    other = ["/var/lib/dpkg/info/bash.md5sums", f"{site}/METADATA", f"{site}/a/METADATA", "/opt/venv/bin/python"]
    assert [path for path in (*wanted, *owners, *other) if plain.wants(path)] == wanted
    named = search_of(document(Labels={"org.dockdj.unmanaged": "/usr/local"}))
    assert [path for path in (*wanted, *owners, *other) if named.wants(path)] == [*wanted, *owners]
