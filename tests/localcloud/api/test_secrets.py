"""Environment properties that are secrets: the stores of the same endpoint, and what the API tells of them."""

import json
from typing import Any

from tests.localcloud.running import (
    STACK,
    Server,
    messages,
    option,
    ready,
    refusal,
    with_environment,
    with_versions,
)

NAMESPACE = "elasticbeanstalk:application:environmentsecrets"
CANARY = "canary-of-the-secrets"


def test_values_are_read_at_launches_and_changes_of_options_and_never_told(shared: Server) -> None:
    manager, store = shared.boto("secretsmanager"), shared.boto("ssm")
    secret = manager.create_secret(Name="told/json", SecretString=json.dumps({"key": CANARY}))["ARN"]
    store.put_parameter(Name="/told/parameter", Value=CANARY * 2, Type="SecureString")
    parameter = store.get_parameter(Name="/told/parameter")["Parameter"]["ARN"]
    options = (option(NAMESPACE, "SECRET", f"{secret}:key"), option(NAMESPACE, "PARAMETER", parameter))
    beanstalk = with_environment(shared, "told-by", "v1", options=options)
    events = messages(beanstalk, EnvironmentName="told-by")
    assert f"SECRET has {len(CANARY)} characters." in events
    assert f"PARAMETER has {len(CANARY) * 2} characters." in events

    manager.put_secret_value(SecretId="told/json", SecretString=json.dumps({"key": f"{CANARY}!"}))
    beanstalk.update_environment(EnvironmentName="told-by", OptionSettings=[option("autoscaling:asg", "MaxSize", "3")])
    ready(beanstalk, "told-by")
    assert f"SECRET has {len(CANARY) + 1} characters." in messages(beanstalk, EnvironmentName="told-by")

    settings = beanstalk.describe_configuration_settings(ApplicationName="told-by", EnvironmentName="told-by")
    described: dict[str, Any] = {
        item["OptionName"]: item["Value"]
        for item in settings["ConfigurationSettings"][0]["OptionSettings"]
        if item["Namespace"] == f"aws:{NAMESPACE}"
    }
    assert described == {"SECRET": f"{secret}:key", "PARAMETER": parameter}
    told = [str(settings), *messages(beanstalk), (shared.folder / "server.log").read_text()]
    assert not [text for text in told if CANARY in text]


def test_missing_secret_fails_the_change_and_restores_the_options(shared: Server) -> None:
    beanstalk = with_environment(shared, "missing", "v1")
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nowhere-AbCdEf"
    beanstalk.update_environment(EnvironmentName="missing", OptionSettings=[option(NAMESPACE, "KEY", arn)])
    ready(beanstalk, "missing")
    events = messages(beanstalk, EnvironmentName="missing")
    reason = "Secrets Manager can't find the specified secret."
    assert f"Failed to retrieve the value of environment property KEY from {arn}: {reason}" in events
    assert "Failed to deploy configuration." in events
    settings = beanstalk.describe_configuration_settings(ApplicationName="missing", EnvironmentName="missing")
    assert arn not in str(settings)


def test_value_that_is_not_an_arn_is_refused(shared: Server) -> None:
    beanstalk = with_versions(shared, "no-arn")
    for value in ("password", "arn:aws:s3:::bucket", "arn:aws:ssm:us-east-1:123456789012:document/x"):
        refused = refusal(
            beanstalk.create_environment,
            ApplicationName="no-arn",
            EnvironmentName="no-arn",
            SolutionStackName=STACK,
            OptionSettings=[option(NAMESPACE, "KEY", value)],
        )
        assert refused.code == "ConfigurationValidationException", value
        assert "Value is not the ARN of a secret" in refused.message
