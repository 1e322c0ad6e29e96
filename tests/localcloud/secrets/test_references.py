"""The values of environment properties that name secrets and parameters."""

import json
from dataclasses import dataclass, field

import pytest

from dockdj.localcloud.contract import SecretUnavailable
from dockdj.localcloud.secrets.references import Resolver
from dockdj.localcloud.state.settings import EXAMPLE

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/"
DOCUMENT = json.dumps(
    {"string": "value1 ü", "number": 42, "object": {"nested": "dätä"}, "list": ["item1", "item2"], "nothing": None}
)


@dataclass
class Store:
    """Secrets and parameters in dictionaries."""

    secrets: dict[str, str] = field(
        default_factory=lambda: {f"{ARN}json-AbCdEf": DOCUMENT, f"{ARN}text-AbCdEf": "hidden"}
    )
    parameters: dict[str, str] = field(
        default_factory=lambda: {"/shop/key": "a", "plain": "b", "/both": "c", "both": "d"}
    )

    def secret(self, arn: str) -> str | None:
        return self.secrets.get(arn)

    def parameter(self, name: str) -> str | None:
        return self.parameters.get(name)


RESOLVER = Resolver(Store(), EXAMPLE)


@pytest.mark.parametrize(
    ("arn", "value"),
    [
        (f"{ARN}text-AbCdEf", "hidden"),
        (f"{ARN}json-AbCdEf", DOCUMENT),
        (f"{ARN}json-AbCdEf:string", "value1 ü"),
        (f"{ARN}json-AbCdEf:number", "42"),
        (f"{ARN}json-AbCdEf:object", '{"nested":"dätä"}'),
        (f"{ARN}json-AbCdEf:list", '["item1","item2"]'),
        (f"{ARN}json-AbCdEf:nothing", "null"),
        (f"{ARN}json-AbCdEf:string:ignored:too", "value1 ü"),
        (f"{PARAMETER}shop/key", "a"),
        (f"{PARAMETER}plain", "b"),
        (f"{PARAMETER}both", "c"),
    ],
)
def test_values_are_read_as_documented(arn: str, value: str) -> None:
    assert RESOLVER.values({"NAME": arn}) == {"NAME": value}


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        (f"{ARN}none-AbCdEf", "can't find the specified secret"),
        (f"{PARAMETER}none", "no such parameter"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/plain", "no such parameter"),
        ("arn:aws:ssm:us-east-1:210987654321:parameter/plain", "no such parameter"),
        (f"{ARN}json-AbCdEf:object.nested", "has no key 'object.nested'"),
        (f"{ARN}text-AbCdEf:key", "not a JSON object"),
        ("arn:aws:s3:::bucket", "not the ARN of a secret or a parameter"),
    ],
)
def test_values_that_cannot_be_read_are_named_without_a_value(arn: str, reason: str) -> None:
    with pytest.raises(SecretUnavailable, match=reason) as unavailable:
        RESOLVER.values({"OTHER": f"{PARAMETER}plain", "NAME": arn})
    assert f"environment property NAME from {arn}:" in str(unavailable.value)
    assert not {"hidden", "dätä"} & set(str(unavailable.value).split())
