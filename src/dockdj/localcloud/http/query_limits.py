"""The limits that the model sets on parameters: what is required, how long, which values."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape


def violations(value: Any, shape: Shape | None, path: str = "") -> list[str]:
    """What is wrong with a value, in AWS's words; nothing when it is as the model wants it."""
    if isinstance(shape, StructureShape):
        found = [
            _failed("null", _join(path, name), "Member must not be null")
            for name in shape.required_members
            if name not in value
        ]
        for name, member in shape.members.items():
            if name in value:
                found += violations(value[name], member, _join(path, name))
        return found
    if isinstance(shape, ListShape):
        return [
            violation
            for position, item in enumerate(value, 1)
            for violation in violations(item, shape.member, f"{path}.{position}.member")
        ]
    if isinstance(shape, StringShape):
        return _string(str(value), shape, path)
    return []


def _string(value: str, shape: StringShape, path: str) -> list[str]:
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
