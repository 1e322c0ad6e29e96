"""The YAML files of saved configurations: what is written is read back, and what others wrote is read or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.platform.saved_configuration import SavedConfiguration, parsed, text_of
from dockdj.localcloud.platform.versions import DOCKER, ECS
from tests.fuzz import run
from tests.fuzz.mutation import inputs

REGION = "eu-central-1"
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
# What `eb config save` stored, with the keys that have no effect here.
FROM_AWS = """\
EnvironmentConfigurationMetadata:
  Description: Configuration created from the EB CLI using "eb config save".
  DateCreated: '1520633151000'
  DateModified: 1520633151000
Platform:
  PlatformArn: arn:aws:elasticbeanstalk:us-east-2::platform/Docker running on 64bit Amazon Linux 2023/4.6.0
OptionSettings:
  aws:elasticbeanstalk:command:
    BatchSize: '30'
    IgnoreHealthCheck: true
  aws:autoscaling:asg:
    MinSize: 2
    Cooldown: null
EnvironmentTier:
  Type: Standard
  Name: WebServer
AWSConfigurationTemplateVersion: 1.1.0.0
Tags:
  Cost: web
"""


@given(st.dictionaries(st.tuples(texts, texts), texts), texts, st.integers(0, 10**12))
def test_what_is_written_is_read_back(options: dict[tuple[str, str], str], description: str, created: int) -> None:
    saved = SavedConfiguration(ECS, options, description, created / 1000, (created + 1000) / 1000)
    assert parsed(text_of(saved, REGION), REGION) == saved


def test_a_file_of_elastic_beanstalk_is_read() -> None:
    saved = parsed(FROM_AWS, REGION)
    assert saved.platform == DOCKER
    assert saved.options == {
        ("aws:elasticbeanstalk:command", "BatchSize"): "30",
        ("aws:elasticbeanstalk:command", "IgnoreHealthCheck"): "true",
        ("aws:autoscaling:asg", "MinSize"): "2",
    }
    assert saved.created == saved.updated == 1520633151


def test_a_file_with_a_solution_stack_is_read() -> None:
    assert parsed(f"SolutionStack: {ECS.stack}\n", REGION) == SavedConfiguration(ECS, {})


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"\xff\xfe\xff", "cannot be read"),
        (b"a: [", "cannot be read"),
        (b"[1, 2]", "it is not a map"),
        (b"", "it is not a map"),
        (b"OptionSettings: 5", "OptionSettings is not a map"),
        (b"OptionSettings:\n  aws:autoscaling:asg: 5", "aws:autoscaling:asg is not a map"),
        (b"OptionSettings:\n  aws:autoscaling:asg:\n    MinSize: [1]", "MinSize is not a text or a number"),
        (b"Platform:\n  PlatformArn: nothing", "No Platform named 'nothing' found."),
        (b"OptionSettings: {}", "Unable to determine base for template pack"),
        (b"EnvironmentTier:\n  Name: Worker", "web server environments only"),
        (b"[" * 5000, "cannot be read"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_reason(content: bytes, part: str) -> None:
    with pytest.raises(ApiError) as refused:
        parsed(content, REGION)
    assert part in refused.value.message


def test_any_file_is_read_or_refused() -> None:
    def read(content: bytes) -> object:
        try:
            return parsed(content, REGION)
        except ApiError as refused:
            return refused.message

    assert run.check("saved configuration", read, inputs((FROM_AWS.encode(),), 1, 2000, 5000)) == 2000
