"""The steps of a deployment on this instance, in the platform's order."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import bundle_rules
from .compose import Compose
from .ecs import Ecs
from .extension_file import Command
from .extension_steps import Steps, start_services
from .machine import (
    BUNDLE,
    CURRENT,
    ENVIRONMENT,
    HOME,
    LOG,
    STAGING,
    Failed,
    fingerprint,
    log,
    poll,
    record,
    remember,
    remove_old_images,
    secret_values,
    tail,
    write,
)


class Engine:
    """One request: its environment properties, its deadline, and its warnings and events."""

    def __init__(self, request: dict[str, Any], lock: int) -> None:
        self.request = request
        self.lock = lock
        self.environment: dict[str, str] = {}
        self.deadline = time.monotonic() + request["timeout"]
        self.warnings: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.old_version_stopped = False
        self.platform = Ecs(self) if request.get("platform") == "ECS" else Compose(self)

    def read_properties(self) -> None:
        """Read the environment properties, with the values of secrets that this instance keeps. Raises Failed."""
        self.environment = {**self.request.get("environment", {}), **secret_values(self.request.get("secrets", []))}
        self.request = {**self.request, "variables": fingerprint(self.environment)}

    def take_lock(self) -> None:
        """Wait until no earlier engine works, at most until the deadline. Raises Failed.

        An engine continues to its end even if its caller was killed.
        """

        def acquired() -> bool:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not poll(acquired, self.deadline):
            raise Failed("An earlier deployment still runs on this instance.")

    def deploy(self) -> None:
        """Deploy the bundle. Until `old_version_stopped`, the old version keeps serving if a step fails."""
        configuration = self.request["mode"] == "configuration"
        hooks = ".platform/confighooks" if configuration else ".platform/hooks"
        write(ENVIRONMENT, json.dumps(self.environment))
        self.unpack()
        if not configuration:
            self.run_extensions()
        self.run_hooks(f"{hooks}/prebuild", STAGING)
        self.platform.before_predeploy(STAGING)
        self.run_hooks(f"{hooks}/predeploy", STAGING)
        project = self.platform.prepare(STAGING)
        self.old_version_stopped = True
        self.platform.down()
        shutil.rmtree(CURRENT, ignore_errors=True)
        STAGING.rename(CURRENT)
        remember(self.request, project, finished=False)
        self.platform.up(project)
        self.run_hooks(f"{hooks}/postdeploy", CURRENT)
        remember(self.request, project, finished=True)
        remove_old_images()

    def start(self) -> None:
        """Start the containers of the last deployment."""
        start_services(self)
        if project := record().get("project"):
            self.platform.start(project)

    def restart(self) -> None:
        """Restart the containers of the last deployment. Raises Failed if nothing was deployed."""
        fields = record()
        if not fields.get("finished"):
            raise Failed("There is no application that runs on this instance.")
        self.request = {**self.request, **{key: fields[key] for key in ("version", "deployment", "variables")}}
        remember(self.request, self.platform.restart(fields["project"]), finished=True)

    def emit(self, severity: str, text: str) -> None:
        """Add an event of the environment. The fleet emits it when the deployment on this instance has ended."""
        log(f"{severity} {text}")
        self.events.append((severity, text))

    def unpack(self) -> None:
        """Unpack the bundle into the staging folder. Raises Failed."""
        shutil.rmtree(STAGING, ignore_errors=True)
        STAGING.mkdir(parents=True)
        self.run("Unpacking the source bundle", ["unzip", "-q", "-o", BUNDLE, "-d", STAGING])
        bundle_rules.prepare_hooks(STAGING)
        self.platform.check(STAGING)

    def run_hooks(self, folder: str, root: Path) -> None:
        """Run a folder's files in lexicographic order, as root, with the environment properties. Raises Failed."""
        for hook in sorted((root / folder).glob("*")):
            if hook.is_dir():
                continue
            if not os.access(hook, os.X_OK):
                raise Failed(f"The hook {folder}/{hook.name} has no execute permission.")
            self.run(f"Hook {folder}/{hook.name}", [hook], cwd=root, env=self.environment)

    def run_extensions(self) -> None:
        """Carry out the sections of all .ebextensions files, one file after the other. Raises Failed."""
        for file in bundle_rules.configuration_files(STAGING):
            sections, warnings = bundle_rules.sections(file, STAGING)
            self.warnings += warnings
            Steps(self, bundle_rules.path_in(file, STAGING), sections).run()

    def run_container_commands(self) -> None:
        """Run the container_commands of all .ebextensions files. Raises Failed."""
        for file in bundle_rules.configuration_files(STAGING):
            commands, warnings = bundle_rules.container_commands(file, leader=self.request["leader"], root=STAGING)
            self.warnings += [warning for warning in warnings if warning not in self.warnings]
            for command in commands:
                env = {**self.environment, **command.env}
                self.run_command(f"container_command {command.name}", command, cwd=STAGING / command.cwd, env=env)

    def run_command(self, step: str, command: Command, *, cwd: Path, env: Mapping[str, str]) -> bool:
        """Run a command unless its test fails, and tell if it was run. Raises Failed, unless it ignores errors."""
        if command.test is not None:
            try:
                self.run(f"test of {step}", command.test, cwd=cwd, env=env)
            except Failed:
                return False
        try:
            self.run(step, command.command, cwd=cwd, env=env)
        except Failed:
            if not command.ignores_errors:
                raise
        return True

    def run(
        self,
        step: str,
        argv: Sequence[str | Path] | str,
        *,
        cwd: Path = HOME,
        env: Mapping[str, str] | None = None,
        holds_lock: bool = False,
    ) -> None:
        """Run a program until the deadline, with its output in the log; a string is run by the shell. Raises Failed.

        A compose command that outlives a killed engine must hold the lock. A hook's background programs must not.
        """
        log(f"{step}: {argv if isinstance(argv, str) else ' '.join(map(str, argv))}")
        with LOG.open("ab") as file:
            begin = file.tell()
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**os.environ, "HOME": "/root", **(env or {})},
                shell=isinstance(argv, str),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self.lock,) if holds_lock else (),
            )
            try:
                status = process.wait(max(self.deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise Failed(f"{step} did not end within {self.request['timeout']} seconds.{tail(begin)}") from None
        if status != 0:
            raise Failed(f"{step} failed with exit code {status}.{tail(begin)}")
