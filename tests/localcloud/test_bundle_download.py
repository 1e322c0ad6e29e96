"""Downloads of registered bundles from Elastic Beanstalk's bucket."""

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.model.beanstalk.bundle import pack
from dockdj.model.files import File
from dockdj.model.version import parse
from tests.localcloud.running import Server

BUNDLE = pack([File("docker-compose.yml", b"services: {}\n"), File("release.json", b"{}")], parse("1.0.0"))


def test_registered_bundle_is_downloaded_until_its_object_is_deleted(own: Server) -> None:
    storage = own.boto("s3")
    beanstalk = Beanstalk(own.boto("elasticbeanstalk"), storage, poll=0.1)
    beanstalk.ensure_application("shop")
    assert beanstalk.bundle("shop", BUNDLE.label) is None
    beanstalk.register("shop", BUNDLE, "rel sha256:0")
    assert beanstalk.bundle("shop", BUNDLE.label) == BUNDLE.content
    [bucket] = storage.list_buckets()["Buckets"]
    storage.delete_object(Bucket=bucket["Name"], Key=f"shop/{BUNDLE.label}.zip")
    assert beanstalk.bundle("shop", BUNDLE.label) is None
    assert beanstalk.version_status("shop", BUNDLE.label)


def test_unknown_application_has_no_environment_and_no_version(own: Server) -> None:
    beanstalk = Beanstalk(own.boto("elasticbeanstalk"), own.boto("s3"), poll=0.1)
    assert beanstalk.environment("none", "none-prod") is None
    assert beanstalk.version_status("none", "1.0.0-00000000") == ""
