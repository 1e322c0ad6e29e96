"""An environment's configuration from before an update, which is stored until the update has reached its goal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.localcloud.state.database import State

Key = tuple[str, str]


@dataclass(frozen=True)
class Former:
    """Option settings without defaults, and the solution stack."""

    options: Mapping[Key, str]
    stack: str

    def text(self) -> str:
        """A text that is never empty."""
        return json.dumps({"stack": self.stack, "options": [[*key, value] for key, value in self.options.items()]})

    def restore(self, state: State, environment_id: str) -> None:
        """Store the configuration again, in the transaction that runs."""
        state.set_options(environment_id, self.options)
        state.change("UPDATE environments SET stack = ? WHERE id = ?", self.stack, environment_id)


def parse(text: str) -> Former | None:
    """The configuration in a text, or None if it is empty: the update changes only the version."""
    if not text:
        return None
    fields = json.loads(text)
    return Former({(namespace, name): value for namespace, name, value in fields["options"]}, fields["stack"])
