"""Recorded answers of the API, and their faults against the models of botocore and of Amazon's `eb` client."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from botocore.loaders import Loader

from tests.support import eb

NAMESPACE = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"
REQUEST_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBERS = {"integer": 2**31, "long": 2**63}
TEXTS = {
    "boolean": re.compile("true|false"),
    "integer": re.compile("-?[0-9]+"),
    "long": re.compile("-?[0-9]+"),
    "double": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    "timestamp": re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z"),
}
UPPER_CASE = "ApplicationVersionStatus"
"""The service writes these values in upper case, and `eb` compares with those; the models write `Processed`."""

Model = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """The raw answer to one call of an operation."""

    operation: str
    status: int
    body: bytes


def record(client: Any) -> list[Answer]:
    """The answers that a boto3 client gets from now on."""
    answers: list[Answer] = []

    def note(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
        answers.append(Answer(operation_model.name, response_dict["status_code"], response_dict["body"]))

    client.meta.events.register("before-parse.elastic-beanstalk", note)
    return answers


@cache
def models() -> Model:
    """Botocore's model of the service, with the members and values that only the model of `eb` has."""
    model = json.loads(json.dumps(Loader().load_service_model("elasticbeanstalk", "service-2")))
    (path,) = (
        eb.python().parents[1].glob("lib/*/site-packages/ebcli/lib/botocoredata/elasticbeanstalk/*/service-2.json")
    )
    for name, shape in json.loads(path.read_bytes())["shapes"].items():
        known = model["shapes"].setdefault(name, shape)
        known.setdefault("members", {}).update(
            {member: value for member, value in shape.get("members", {}).items() if member not in known["members"]}
        )
        if "enum" in known:
            known["enum"] = sorted({*known["enum"], *shape.get("enum", ())})
    # Its text names the values of EnvironmentStatus, and `eb health` shows them; its shape has colours.
    model["shapes"]["DescribeEnvironmentHealthResult"]["members"]["Status"]["shape"] = "EnvironmentStatus"
    return dict(model)


def faults(answer: Answer, model: Model) -> list[str]:
    """The faults of an answer; none if it is as the model has it."""
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        return [f"{answer.operation}: not XML: {error}"]
    found = _error_faults(root) if answer.status >= 300 else _result_faults(root, answer.operation, model)
    outside = [element.tag for element in root.iter() if not element.tag.startswith(f"{{{NAMESPACE}}}")]
    return [f"{answer.operation}: {fault}" for fault in (*found, *(f"{tag} has another namespace" for tag in outside))]


def _result_faults(root: Element, operation: str, model: Model) -> Iterator[str]:
    output = model["operations"][operation].get("output")
    wrapper = output["resultWrapper"] if output else f"{operation}Result"
    parts = [_name(child) for child in root]
    if _name(root) != f"{operation}Response" or parts not in ([wrapper, "ResponseMetadata"], ["ResponseMetadata"]):
        yield f"<{_name(root)}> has {parts}"
        return
    if output and parts[0] != wrapper:
        yield f"{wrapper} is missing"
    elif parts[0] == wrapper:
        shape = output["shape"] if output else None
        yield from _walk(root[0], model, shape) if shape else ([] if not len(root[0]) else [f"{wrapper} has content"])
    yield from _request_id_faults(root[-1])


def _error_faults(root: Element) -> Iterator[str]:
    if (_name(root), [_name(child) for child in root]) != ("ErrorResponse", ["Error", "RequestId"]):
        yield f"<{_name(root)}> has {[_name(child) for child in root]}"
        return
    error = {_name(child): child.text for child in root[0]}
    if list(error) != ["Type", "Code", "Message"] or not all(error.values()):
        yield f"Error has {error}"
    if error.get("Type") not in ("Sender", "Receiver"):
        yield f"the error's Type is {error.get('Type')}"
    yield from _request_id_faults(root)


def _request_id_faults(parent: Element) -> Iterator[str]:
    ids = [child.text or "" for child in parent if _name(child) == "RequestId"]
    if len(ids) != 1 or not REQUEST_ID.fullmatch(ids[0]):
        yield f"RequestId is {ids}"


def _walk(element: Element, model: Model, name: str, path: str = "") -> Iterator[str]:
    """The faults of an element whose shape has this name."""
    shape = model["shapes"][name]
    if element.attrib:
        yield f"{path or name} has attributes"
    if shape["type"] == "structure":
        yield from _structure_faults(element, model, shape, path)
    elif shape["type"] == "list":
        yield from _list_faults(element, model, shape, path)
    elif len(element):
        yield f"{path} is a {shape['type']} with elements"
    else:
        yield from _text_faults(element.text or "", shape, name, path)


def _structure_faults(element: Element, model: Model, shape: Model, path: str) -> Iterator[str]:
    names = [_name(child) for child in element]
    if (element.text or "").strip():
        yield f"{path} is a structure with text"
    if len(set(names)) < len(names):
        yield f"{path} has a member twice: {names}"
    yield from (f"{path}.{name} is missing" for name in shape.get("required", ()) if name not in names)
    for child, name in zip(element, names, strict=True):
        if name in shape["members"]:
            yield from _walk(child, model, shape["members"][name]["shape"], f"{path}.{name}")
        else:
            yield f"{path}.{name} is not modelled"


def _list_faults(element: Element, model: Model, shape: Model, path: str) -> Iterator[str]:
    if (element.text or "").strip():
        yield f"{path} is a list with text"
    for child in element:
        if _name(child) != "member":
            yield f"{path} has <{_name(child)}> instead of <member>"
        yield from _walk(child, model, shape["member"]["shape"], f"{path}[]")


def _text_faults(text: str, shape: Model, name: str, path: str) -> Iterator[str]:
    kind = shape["type"]
    if kind in TEXTS and not TEXTS[kind].fullmatch(text):
        yield f"{path} is no {kind}: {text!r}"
    elif kind in NUMBERS and not -NUMBERS[kind] <= int(text) < NUMBERS[kind]:
        yield f"{path} is too large: {text}"
    elif kind == "string":
        values = [value.upper() if name == UPPER_CASE else value for value in shape.get("enum", ())]
        if values and text not in values:
            yield f"{path} is none of {values}: {text!r}"
        if not shape.get("min", 0) <= len(text) <= shape.get("max", len(text)):
            yield f"{path} has {len(text)} characters"


def _name(element: Element) -> str:
    return str(element.tag.rpartition("}")[2])
