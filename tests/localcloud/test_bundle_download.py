"""A bundle comes back from Elastic Beanstalk's bucket as it was registered, or is said to be gone."""

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.model.beanstalk.bundle import pack
from dockdj.model.files import File
from dockdj.model.version import parse
from tests.localcloud.running import Server

MADE = pack([File("docker-compose.yml", b"services: {}\n"), File("release.json", b"{}")], parse("1.0.0"))


def test_a_registered_bundle_is_downloaded_whole(own: Server) -> None:
    storage = own.boto("s3")
    beanstalk = Beanstalk(own.boto("elasticbeanstalk"), storage, poll=0.1)
    beanstalk.ensure_application("shop")
    assert beanstalk.bundle("shop", MADE.label) is None
    beanstalk.register("shop", MADE.label, MADE.content, "rel sha256:0")
    assert beanstalk.bundle("shop", MADE.label) == MADE.content
    [bucket] = storage.list_buckets()["Buckets"]
    storage.delete_object(Bucket=bucket["Name"], Key=f"shop/{MADE.label}.zip")
    assert beanstalk.bundle("shop", MADE.label) is None
    assert beanstalk.version_status("shop", MADE.label)


def test_an_application_that_does_not_exist_has_nothing(own: Server) -> None:
    beanstalk = Beanstalk(own.boto("elasticbeanstalk"), own.boto("s3"), poll=0.1)
    assert beanstalk.environment("none", "none-prod") is None
    assert beanstalk.version_status("none", "1.0.0-00000000") == ""
