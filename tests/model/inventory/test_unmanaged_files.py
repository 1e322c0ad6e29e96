from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.unmanaged_files import parse_apk_files, unmanaged

SITE = "/opt/venv/lib/python3.13/site-packages"
TREE = Tree(
    contents={
        "/var/lib/dpkg/info/bash.list": b"/.\n/bin\n/bin/bash\n/usr/share/doc\n",
        "/var/lib/dpkg/status.d/tzdata.md5sums": b"0123  usr/share/zone info/UTC\n\n",
        "/lib/apk/db/installed": b"P:busybox\nV:1\nF:bin\nR:busybox\nF:\nR:top\n",
        f"{SITE}/django-6.dist-info/RECORD": b'django/__init__.py,sha256=x,1\n"a,b.py",,\n../../../bin/django-admin,,',
    }
)


def test_file_in_a_packages_list_is_managed() -> None:
    owned = ["/usr/bin/bash", "/usr/share/zone info/UTC", "/bin/busybox", "/top", f"{SITE}/a,b.py"]
    python = ["/opt/venv/bin/django-admin", f"{SITE}/django/__pycache__/__init__.cpython-313.pyc"]
    ours = ["/usr/local/bin/geoipupdate", f"{SITE}/django/__pycache__/other.cpython-313.pyc", "/usr/bin/bash2"]
    assert unmanaged([*owned, *python, *ours], TREE) == sorted(ours)


def test_without_lists_every_file_is_unmanaged() -> None:
    assert unmanaged(["/bin/bash"], Tree()) == ["/bin/bash"]


def test_alpine_files_are_listed() -> None:
    assert parse_apk_files("F:usr/bin\na:0:0:755\nR:one\nR:two\nF:etc\nR:three") == [
        "/usr/bin/one",
        "/usr/bin/two",
        "/etc/three",
    ]
