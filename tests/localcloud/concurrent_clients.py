"""Clients that create, update and terminate the same few environments at once, while the server is killed."""

import os
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tests.localcloud.histories import Call, Event, History, Sighting
from tests.localcloud.running import STACK, Server, option, server, with_versions
from tests.localcloud.unsteady_server import SEED
from tests.support.eventually import eventually

APPLICATION = "contended"
NAMES = ("contended-1", "contended-2")
VERSIONS = ("v1", "v2", "bad")
VARIABLES = "elasticbeanstalk:application:environment"
DIED = (BotoCoreError, ResponseParserError, OSError)
"""The server was killed before it had answered."""
BUSY = {"Launching", "Updating", "Aborting", "Terminating"}


def run(folder: Path, seed: int, *, clients: int, calls: int, kills: int) -> History:
    """Run the clients to their ends, with this many kills of the server meanwhile, and return the history."""
    os.environ[SEED] = str(seed)
    history, done = History(), threading.Event()
    with server(folder, module="tests.localcloud.unsteady_server") as running, ThreadPoolExecutor(clients + 2) as pool:
        beanstalk = with_versions(running, APPLICATION, *VERSIONS)
        observers = [pool.submit(_observe, running, number, done, history) for number in range(2)]
        try:
            chances = [random.Random(f"{seed} {number}") for number in range(clients)]
            callers = [pool.submit(_call, running, chance, calls, history) for chance in chances]
            chance = random.Random(f"{seed} kills")
            for _ in range(kills):
                time.sleep(chance.uniform(0.2, 1.0))
                running.restart()
            for caller in callers:
                caller.result()
            eventually(lambda: not BUSY & {environment["Status"] for environment in _described(beanstalk)})
        finally:
            done.set()
        for observer in observers:
            observer.result()
        _conclude(beanstalk, history)
    return history


def _call(running: Server, chance: random.Random, calls: int, history: History) -> None:
    """Make random calls, and record each with its answer."""
    beanstalk = running.boto("elasticbeanstalk")
    for _ in range(calls):
        method, parameters = _random_call(chance)
        forced = bool(parameters.get("ForceTerminate"))
        try:
            answer = getattr(beanstalk, method)(**parameters)
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("InvalidParameterValue", "ServiceUnavailable"), error
            history.calls.append(Call(error.response["ResponseMetadata"]["RequestId"], accepted=False))
        except DIED:
            # The server is killed. Whether it took the call shows in the events.
            eventually(lambda: _answers(beanstalk))
        else:
            history.calls.append(Call(answer["ResponseMetadata"]["RequestId"], accepted=True, forced=forced))


def _answers(beanstalk: Any) -> bool:
    try:
        beanstalk.check_dns_availability(CNAMEPrefix="contended")
    except DIED:
        return False
    return True


def _random_call(chance: random.Random) -> tuple[str, Mapping[str, Any]]:
    name = {"EnvironmentName": chance.choice(NAMES)}
    version = {"VersionLabel": chance.choice(VERSIONS)}
    variable = option(VARIABLES, chance.choice(("A", "BREAK")), "1")
    calls: list[tuple[str, Mapping[str, Any]]] = [
        ("create_environment", {**name, **version, "ApplicationName": APPLICATION, "SolutionStackName": STACK}),
        ("update_environment", {**name, **version}),
        ("update_environment", {**name, **version}),
        ("update_environment", {**name, "OptionSettings": [variable]}),
        ("update_environment", {**name, "Description": "described"}),
        ("abort_environment_update", name),
        ("abort_environment_update", name),
        ("terminate_environment", name),
        ("terminate_environment", {**name, "ForceTerminate": True}),
    ]
    return chance.choice(calls)


def _observe(running: Server, observer: int, done: threading.Event, history: History) -> None:
    """Record the statuses of all environments again and again."""
    beanstalk = running.boto("elasticbeanstalk")
    while not done.wait(0.02):
        try:
            environments = _described(beanstalk)
        except (ClientError, *DIED):
            continue
        history.sightings += [
            Sighting(observer, environment["EnvironmentId"], environment["Status"]) for environment in environments
        ]


def _described(beanstalk: Any) -> list[dict[str, Any]]:
    pages = beanstalk.get_paginator("describe_environments").paginate(ApplicationName=APPLICATION, IncludeDeleted=True)
    return [environment for page in pages for environment in page["Environments"]]


def _conclude(beanstalk: Any, history: History) -> None:
    """Add events, ids and last statuses."""
    pages = beanstalk.get_paginator("describe_events").paginate(ApplicationName=APPLICATION)
    events = [event for page in pages for event in page["Events"] if "EnvironmentName" in event]
    history.events = [Event(event["EnvironmentName"], event["RequestId"], event["Message"]) for event in events[::-1]]
    for environment in sorted(_described(beanstalk), key=lambda environment: environment["DateCreated"]):
        history.ids.setdefault(environment["EnvironmentName"], []).append(environment["EnvironmentId"])
        history.final[environment["EnvironmentId"]] = environment["Status"]
