"""Secrets Manager and Parameter Store: every change that was answered with 200 survives kill -9."""

from pathlib import Path
from typing import Any

import pytest

from dockdj.localcloud.secrets.store import SecretStore
from dockdj.localcloud.state.failure import StateDamaged
from tests.localcloud.running import Server, refusal


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_secrets_survive_kill_9(own: Server) -> None:
    manager = own.boto("secretsmanager")
    created = manager.create_secret(
        Name="shop/database", SecretString="first", Description="d", Tags=[{"Key": "a", "Value": "b"}]
    )
    second = manager.put_secret_value(SecretId="shop/database", SecretString="second ü\n\x01")
    manager.create_secret(Name="binary", SecretBinary=b"\x00\xff")
    manager.create_secret(Name="gone", SecretString="x")
    manager.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)
    manager.create_secret(Name="deleted", SecretString="x")
    manager.delete_secret(SecretId="deleted")
    before = [without_metadata(manager.describe_secret(SecretId="shop/database")), manager.list_secrets()["SecretList"]]

    own.restart()

    manager = own.boto("secretsmanager")
    after = [without_metadata(manager.describe_secret(SecretId="shop/database")), manager.list_secrets()["SecretList"]]
    assert after == before
    value = manager.get_secret_value(SecretId=created["ARN"])
    assert (value["SecretString"], value["VersionId"]) == ("second ü\n\x01", second["VersionId"])
    assert manager.get_secret_value(SecretId="shop/database", VersionStage="AWSPREVIOUS")["SecretString"] == "first"
    assert manager.get_secret_value(SecretId="binary")["SecretBinary"] == b"\x00\xff"
    assert refusal(manager.get_secret_value, SecretId="gone").code == "ResourceNotFoundException"
    assert refusal(manager.get_secret_value, SecretId="deleted").code == "InvalidRequestException"
    manager.restore_secret(SecretId="deleted")
    assert manager.put_secret_value(SecretId="shop/database", SecretString="third")["Name"] == "shop/database"


def test_parameters_survive_kill_9(own: Server) -> None:
    store = own.boto("ssm")
    store.put_parameter(Name="/shop/key", Value="one", Type="SecureString", Tags=[{"Key": "a", "Value": "b"}])
    store.put_parameter(Name="/shop/key", Value="two", Type="SecureString", Overwrite=True)
    store.put_parameter(Name="plain", Value="p", Type="String")
    store.put_parameter(Name="gone", Value="x", Type="String")
    store.delete_parameter(Name="gone")
    own.restart()
    store = own.boto("ssm")
    stored = store.get_parameter(Name="/shop/key", WithDecryption=True)["Parameter"]
    assert (stored["Value"], stored["Version"]) == ("two", 2)
    assert stored["ARN"] == f"arn:aws:ssm:{own.settings.region}:{own.settings.account}:parameter/shop/key"
    assert store.get_parameter(Name="/shop/key")["Parameter"]["Value"] != "two"
    assert [item["Name"] for item in store.get_parameters_by_path(Path="/shop")["Parameters"]] == ["/shop/key"]
    tags = store.list_tags_for_resource(ResourceType="Parameter", ResourceId="/shop/key")["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    assert refusal(store.get_parameter, Name="gone").code == "ParameterNotFound"


def test_refusals_have_the_codes_of_the_services_and_no_values(shared: Server) -> None:
    manager, store = shared.boto("secretsmanager"), shared.boto("ssm", config={"parameter_validation": False})
    manager.create_secret(Name="twice", SecretString="x")
    assert refusal(manager.create_secret, Name="twice", SecretString="y").code == "ResourceExistsException"
    assert refusal(manager.rotate_secret, SecretId="twice").code == "UnknownOperationException"
    assert refusal(store.describe_instance_information).code == "UnknownOperationException"
    long = refusal(manager.create_secret, Name="long", SecretString="secret" * 20_000)
    assert long.code == "ValidationException" and "secretsecret" not in long.message
    assert refusal(store.put_parameter, Name="x").code == "ValidationException"
    assert refusal(store.put_parameter, Name=5, Value="x").code == "SerializationException"
    other = shared.boto("secretsmanager", aws_secret_access_key="other")
    assert refusal(other.list_secrets).code == "InvalidSignatureException"
    unknown = shared.boto("secretsmanager", aws_access_key_id="other")
    assert refusal(unknown.list_secrets).code == "UnrecognizedClientException"


def test_damaged_file_is_named_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "secretsmanager.json").write_text("{")
    with pytest.raises(StateDamaged, match=r"secretsmanager\.json is damaged"):
        SecretStore(tmp_path, account="210987654321", region="eu-west-1").secret("any")
    assert (tmp_path / "secretsmanager.json").read_text() == "{"
