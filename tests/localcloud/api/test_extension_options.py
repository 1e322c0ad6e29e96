"""Option settings in a bundle's configuration files: below those of the API and of saved configurations."""

import io
import zipfile
from typing import Any

from dockdj.localcloud.environment_options import options_of_bundle
from tests.localcloud.running import (
    ENHANCED,
    STACK,
    Server,
    described,
    messages,
    option,
    ready,
    with_versions,
)

ASG = "aws:autoscaling:asg"
VARIABLES = "aws:elasticbeanstalk:application:environment"


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        for name, text in {"docker-compose.yml": "x", **files}.items():
            written.writestr(name, text)
    return buffer.getvalue()


def register(server: Server, application: str, label: str, files: dict[str, str]) -> None:
    beanstalk = server.boto("elasticbeanstalk")
    source = {"S3Bucket": beanstalk.create_storage_location()["S3Bucket"], "S3Key": f"{application}/{label}.zip"}
    server.boto("s3").put_object(Bucket=source["S3Bucket"], Key=source["S3Key"], Body=archive(files))
    beanstalk.create_application_version(ApplicationName=application, VersionLabel=label, SourceBundle=source)


def settings(beanstalk: Any, name: str) -> dict[tuple[str, str], str]:
    answer = beanstalk.describe_configuration_settings(ApplicationName=name, EnvironmentName=name)
    listed = answer["ConfigurationSettings"][0]["OptionSettings"]
    return {(item["Namespace"], item["OptionName"]): item.get("Value", "") for item in listed}


def create(beanstalk: Any, name: str, label: str, **more: Any) -> None:
    beanstalk.create_environment(
        ApplicationName=name, EnvironmentName=name, VersionLabel=label, SolutionStackName=STACK, **more
    )
    ready(beanstalk, name)


def instances(beanstalk: Any, name: str) -> int:
    return len(beanstalk.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]["Instances"])


def test_both_forms_are_read_and_the_last_file_counts(tmp_path: Any) -> None:
    files = {
        ".ebextensions/10.config": "option_settings:\n  aws:autoscaling:asg: {MinSize: 2, MaxSize: 5}\n",
        ".ebextensions/20.config": "option_settings:\n"
        "  - {namespace: 'aws:autoscaling:asg', option_name: MinSize, value: 3}\n"
        "  - {option_name: FLAG, value: true}\n",
        ".ebextensions/30.config": "option_settings: {aws:autoscaling:asg: {MinSize: 9}}\nUnknown: {}\n",
        ".ebextensions/40.txt": "option_settings: {aws:autoscaling:asg: {MinSize: 9}}\n",
    }
    (tmp_path / "bundle.zip").write_bytes(archive(files))
    assert options_of_bundle(tmp_path / "bundle.zip") == {
        (ASG, "MinSize"): "3",
        (ASG, "MaxSize"): "5",
        (VARIABLES, "FLAG"): "true",
    }


def test_sources_of_options_have_elastic_beanstalks_precedence(shared: Server) -> None:
    name = "precedence"
    beanstalk = with_versions(shared, name)
    text = "\n".join(f"    {letter}: bundle" for letter in "ABC")
    register(shared, name, "v1", {".ebextensions/a.config": f"option_settings:\n  {VARIABLES}:\n{text}\n"})
    saved = [option(VARIABLES.removeprefix("aws:"), letter, "saved") for letter in "BC"]
    beanstalk.create_configuration_template(
        ApplicationName=name, TemplateName="saved", SolutionStackName=STACK, OptionSettings=saved
    )
    own = [option(VARIABLES.removeprefix("aws:"), "C", "api"), ENHANCED]
    beanstalk.create_environment(
        ApplicationName=name, EnvironmentName=name, VersionLabel="v1", TemplateName="saved", OptionSettings=own
    )
    ready(beanstalk, name)
    found = settings(beanstalk, name)
    assert [found[VARIABLES, letter] for letter in "ABC"] == ["bundle", "saved", "api"]
    removed = [{"Namespace": VARIABLES, "OptionName": letter} for letter in "BC"]
    beanstalk.update_environment(EnvironmentName=name, OptionsToRemove=removed)
    ready(beanstalk, name)
    found = settings(beanstalk, name)
    assert [found[VARIABLES, letter] for letter in "ABC"] == ["bundle"] * 3


def test_options_of_a_version_come_and_go_with_it(shared: Server) -> None:
    name = "come-and-go"
    beanstalk = with_versions(shared, name, "plain")
    text = "option_settings: {aws:autoscaling:asg: {MinSize: 3}, " + f"{VARIABLES}: {{COLOUR: red}}}}"
    register(shared, name, "wide", {".ebextensions/a.config": text})
    create(beanstalk, name, "plain", OptionSettings=[ENHANCED])
    assert instances(beanstalk, name) == 1
    beanstalk.update_environment(EnvironmentName=name, VersionLabel="wide")
    ready(beanstalk, name)
    assert instances(beanstalk, name) == 3
    assert settings(beanstalk, name)[VARIABLES, "COLOUR"] == "red"
    beanstalk.update_environment(EnvironmentName=name, VersionLabel="plain")
    ready(beanstalk, name)
    assert instances(beanstalk, name) == 1
    assert (VARIABLES, "COLOUR") not in settings(beanstalk, name)


def test_failed_deployment_restores_the_options_of_the_former_version(shared: Server) -> None:
    name = "restored"
    beanstalk = with_versions(shared, name, "plain")
    register(shared, name, "bad", {".ebextensions/a.config": "option_settings: {aws:autoscaling:asg: {MinSize: 3}}"})
    create(beanstalk, name, "plain", OptionSettings=[ENHANCED])
    beanstalk.update_environment(EnvironmentName=name, VersionLabel="bad")
    ready(beanstalk, name)
    assert (described(beanstalk, name)["VersionLabel"], instances(beanstalk, name)) == ("plain", 1)
    assert settings(beanstalk, name)[ASG, "MinSize"] == "1"


def test_invalid_options_fail_the_deployment_in_elastic_beanstalks_words(shared: Server) -> None:
    name = "invalid-options"
    beanstalk = with_versions(shared, name, "plain")
    register(shared, name, "v2", {".ebextensions/a.config": "option_settings: {aws:autoscaling:asg: {MinSize: x}}"})
    create(beanstalk, name, "plain", OptionSettings=[ENHANCED])
    beanstalk.update_environment(EnvironmentName=name, VersionLabel="v2")
    assert ready(beanstalk, name)["VersionLabel"] == "plain"
    texts = messages(beanstalk, EnvironmentName=name)[-3:]
    assert texts == [
        '"option_settings" in one of the configuration files failed validation. More details to follow.',
        f"Invalid option value: 'x' (Namespace: '{ASG}', OptionName: 'MinSize'): Value is not a valid integer",
        "Failed to deploy application.",
    ]
