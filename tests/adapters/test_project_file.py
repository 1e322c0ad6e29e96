from pathlib import Path

import pytest

from dockdj.adapters.project_file import find, parse, plain_values
from dockdj.errors import ProjectError, UsageError
from dockdj.model.project.project import Instances, target_of

GOOD = """\
name = "shop"
dockdj = "0.1.0"
[recipe]
version = "0.1.0"
[targets.local]
endpoint = "local"
application = "shop"
environment = "shop-local"
instances = 2
[targets.production]
region = "eu-west-1"
repository = "example.com/shop"
application = "shop"
environment = "shop-production"
instances = { min = 1, max = 4 }
protected = true
[targets.production.options."aws:autoscaling:trigger"]
MeasureName = "CPUUtilization"
"""


def mistakes(text: str) -> str:
    with pytest.raises(ProjectError) as caught:
        parse(text, Path("/x"))
    return caught.value.message


def test_a_valid_file_is_read() -> None:
    project = parse(GOOD, Path("/x"))
    assert project.targets["local"].instances == Instances(2, 2)
    assert project.targets["production"].instances == Instances(1, 4)
    assert (project.targets["local"].name, project.targets["local"].local) == ("local", True)
    assert project.targets["production"].options == {"aws:autoscaling:trigger": {"MeasureName": "CPUUtilization"}}
    assert target_of(project, None).name == "local"
    with pytest.raises(UsageError, match="staging"):
        target_of(project, "staging")


def test_all_mistakes_are_reported_with_their_paths() -> None:
    text = GOOD.replace("[recipe]", "colour = 1\n[recipe]").replace("instances = 2", 'instances = "2"\nregoin = "x"')
    found = mistakes(text)
    assert "unknown key `colour`" in found
    assert "targets.local: unknown key `regoin`" in found
    assert "targets.local.instances: expected a number" in found


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('name = "shop"\n', 'name = "Shop!"\n', "name: 3-36"),
        ('name = "shop"\n', "", "the key `name` is missing"),
        ('"shop-local"', '"-x"', "targets.local.environment: 4-40"),
        ("instances = 2", "instances = 0", "targets.local.instances: at least 1"),
        ('region = "eu-west-1"\n', "", "targets.production.region: needed"),
        ("instances = 2", 'instances = 2\npolicy = "Fast"', "targets.local.policy: one of"),
        ("instances = 2", 'instances = 2\nplatform = "beanstalk"', 'platform: "docker" or "ecs" is expected'),
        ("instances = 2", 'instances = 2\n[targets.local.env]\nDOCKDJ_RELEASE = "1"', "set by dockdj itself"),
        ("instances = 2", 'instances = 2\n[targets.local.env]\nENV_DATABASE_URL = "sqlite:///x"', "is for development"),
        ("instances = 2", "instances = 2\n[targets.local.env]\nA = 1", "expected text in quotes, not 1"),
        ("[recipe]", 'default_target = "x"\n[recipe]', "default_target: there is no [targets.x]"),
        ("[recipe]", "[recipe", "dockdj.toml is wrong"),
        (
            '"example.com/shop"',
            '"https://example.com/Shop:1"',
            'repository: upper case in `Shop`: write "example.com/shop"',
        ),
        ('"eu-west-1"', '"eu-west-1a"', 'region: `eu-west-1a` is an availability zone of a region: write "eu-west-1"'),
        ('"eu-west-1"', '"EU_West_1"', 'region: `EU_West_1` is not the name of a region: write "eu-west-1"'),
        ('"eu-west-1"', '"Ireland"', 'region: `Ireland` is not the name of a region: write "eu-west-1"'),
        (
            'application = "shop"\nenvironment = "shop-production"',
            'application = "a/b "\nenvironment = "shop-prod"',
            '"a-b"',
        ),
        ("aws:autoscaling:trigger", "autoscaling:trigger", 'options."aws:autoscaling:trigger"]'),
        ("aws:autoscaling:trigger", "AWS:AutoScaling:Trigger", 'options."aws:autoscaling:trigger"]'),
        ("MeasureName =", '" MeasureName" =', 'options."aws:autoscaling:trigger". MeasureName: spaces at the ends'),
        ('MeasureName = "CPUUtilization"', "MinSize = 2", "expected text in quotes, not 2"),
        (
            'aws:autoscaling:trigger"]',
            'aws:elasticbeanstalk:application:environment"]\nDOCKDJ_RECORD = "x"',
            "DOCKDJ_RECORD: is set by dockdj itself",
        ),
        (
            'aws:autoscaling:trigger"]',
            'aws:elasticbeanstalk:application:environment"]\nA-B = "x"',
            "A-B: not the name of an environment variable",
        ),
    ],
)
def test_each_rules_mistake_has_the_path_of_its_key(old: str, new: str, part: str) -> None:
    assert old in GOOD
    assert part in mistakes(GOOD.replace(old, new, 1))


def test_mistakes_in_readable_keys_are_reported_with_those_of_types_and_missing_keys() -> None:
    text = GOOD.replace('name = "shop"', 'name = "Shop!"').replace("[recipe]", "colour = 1\n[recipe]")
    text = text.replace('"example.com/shop"', '"example.com"').replace('"eu-west-1"', "1")
    text = text.replace('environment = "shop-production"\n', "").replace('MeasureName = "', 'MinSize = 2\n" x" = "')
    message = mistakes(text + '[targets.production.env]\nA-B = "x"\nC = 1\n')
    for part in (
        "unknown key `colour`",
        "name: 3-36",
        "targets.production.region: expected text",
        "the key `environment` is missing",
        "targets.production.repository: `example.com` has no path",
        "expected text in quotes, not 2",
        'targets.production.options."aws:autoscaling:trigger". x: spaces',
        "targets.production.env.A-B: not the name",
    ):
        assert part in message
    assert message.count("region") == 1 and "environment: 4-40" not in message and "default_target" not in message
    # Whatever is written, the message is about the file.
    for odd in (
        "targets = 1",
        "[targets]\nlocal = 1",
        "[targets.a]\nenv = 1\noptions = {a = 1, b = {c = {d = 1}}}",
        "name = 1",
    ):
        head = GOOD.partition("[targets.local]")[0]
        assert "dockdj.toml is wrong" in mistakes(odd if odd == "name = 1" else head + odd)


def test_hosts_and_origins_that_match_no_request_are_named() -> None:
    def values(hosts: str, origins: str) -> str:
        return GOOD + f'[targets.local.env]\nENV_ALLOWED_HOSTS = "{hosts}"\nENV_TRUSTED_ORIGINS = "{origins}"\n'

    good = values(
        "localhost,127.0.0.1, .localhost,[::1],*,Example.COM,", "https://a.com,https://*.a.com,http://a.com:80"
    )
    assert parse(good, Path("/x"))
    message = mistakes(
        values("https://www.a.com/,a.com:8000,*.a.com,a b,größe.de", "a.com,.a.com,https://a.com/,ftp://a.com")
    )
    assert [line.strip().removeprefix("targets.local.env.ENV_") for line in message.splitlines()[1:]] == [
        "ALLOWED_HOSTS: `https://www.a.com/` matches no request: write www.a.com",
        "ALLOWED_HOSTS: `a.com:8000` matches no request: write a.com",
        "ALLOWED_HOSTS: `*.a.com` matches no request: write .a.com",
        "ALLOWED_HOSTS: `a b` matches no request: write the name of a host, www.example.com",
        "ALLOWED_HOSTS: `größe.de` matches no request: write the name's ASCII form, which begins with xn--",
        "TRUSTED_ORIGINS: `a.com` is not an origin: write https://a.com",
        "TRUSTED_ORIGINS: `.a.com` is not an origin: write https://*.a.com",
        "TRUSTED_ORIGINS: `https://a.com/` is not an origin: write https://a.com",
        "TRUSTED_ORIGINS: `ftp://a.com` is not an origin: write https://a.com",
    ]


def test_the_project_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "dockdj.toml").write_text(GOOD)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find(tmp_path / "a" / "b") == tmp_path.resolve()


def test_plain_values_are_read_from_files_of_any_age() -> None:
    old = GOOD.replace("[recipe]", "gone_key = 1\n[recipe]") + '[targets.production.env]\nLEVEL = "INFO"\n'
    with pytest.raises(ProjectError):
        parse(old, Path("/x"))
    assert plain_values(old, "production") == {"LEVEL": "INFO"}
    assert plain_values(old, "local") == {}
    assert plain_values(old, "staging") is None


def test_allowed_leaks_are_a_list_of_texts() -> None:
    def allowed(value: str) -> str:
        return GOOD.replace("[recipe]", f"[leaks]\nallow = {value}\n[recipe]")

    assert parse(GOOD, Path("/x")).leaks.allow == ()
    assert parse(allowed('["ENV_CDN", "/srv/*"]'), Path("/x")).leaks.allow == ("ENV_CDN", "/srv/*")
    for wrong in ('"ENV_CDN"', "[1]", "true"):
        assert "leaks.allow: expected a list of texts" in mistakes(allowed(wrong))


@pytest.mark.parametrize(
    "line",
    [
        "a = " + "9" * 5000,
        "a = " + "[" * 3000,
        "a = " + "[" * 300 + "]" * 300,
        "a." * 30_000 + "b = 1",
        "a = 2020-99-99",
    ],
)
def test_text_that_toml_cannot_hold_is_refused(line: str) -> None:
    with pytest.raises(ProjectError, match=r"dockdj\.toml is wrong"):
        parse(f"{line}\n{GOOD}", Path())
    with pytest.raises(ProjectError, match="in the release's commit"):
        plain_values(f"{line}\n{GOOD}", "local")


def test_value_with_a_nul_is_refused() -> None:
    with pytest.raises(ProjectError, match="holds a NUL"):
        parse(GOOD.replace('"shop-local"', '"shop\\u0000local"'), Path())
