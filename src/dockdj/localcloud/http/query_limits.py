"""Validation of parameters against the model: required members, lengths and enumerated values."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

from dockdj.localcloud.printable import UNPRINTABLE, printable

LIST_MAX = 1000


def violations(value: Any, shape: Shape | None, path: str = "") -> list[str]:
    """The violations in a value, in AWS's words."""
    if isinstance(shape, StructureShape):
        missing = [
            _failed("null", _join(path, name), "Member must not be null")
            for name in shape.required_members
            if name not in value
        ]
        return missing + [
            violation
            for name, member in shape.members.items()
            if name in value
            for violation in violations(value[name], member, _join(path, name))
        ]
    if isinstance(shape, ListShape):
        if len(value) > LIST_MAX:
            return [_failed("[...]", path, f"Member must have length less than or equal to {LIST_MAX}")]
        return [
            violation
            for position, item in enumerate(value, 1)
            for violation in violations(item, shape.member, f"{path}.{position}.member")
        ]
    if isinstance(shape, StringShape):
        return _string_violations(str(value), shape, path)
    return []


def _string_violations(value: str, shape: StringShape, path: str) -> list[str]:
    if UNPRINTABLE.search(value):
        return [_failed(f"'{printable(value)}'", path, "Member must contain only characters that XML 1.0 allows")]
    longest, shortest = shape.metadata.get("max"), shape.metadata.get("min", 0)
    if longest is not None and len(value) > longest:
        return [_failed(f"'{value}'", path, f"Member must have length less than or equal to {longest}")]
    if len(value) < shortest:
        return [_failed(f"'{value}'", path, f"Member must have length greater than or equal to {shortest}")]
    if shape.enum and value not in shape.enum:
        return [_failed(f"'{value}'", path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")]
    return []


def _failed(value: str, path: str, rule: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {rule}"


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member
