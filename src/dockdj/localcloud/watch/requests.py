"""The requests of an environment, from the statistics and the request log of its balancer."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.localcloud.fleet.balancer import FRONTEND, SUMMARIES, Server, parse_servers
from dockdj.localcloud.measures import Answer, Traffic

STATUSES = ("hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx")
MILLISECONDS = 1000

Statuses = tuple[int, int, int, int]
"""Numbers of answers with 2xx, 3xx, 4xx and 5xx."""


@dataclass(frozen=True)
class Balance:
    """The balancer's view: its servers, their requests by address, and all requests."""

    servers: Mapping[str, Server]
    by_server: Mapping[str, Traffic]
    total: Traffic


NOTHING = Balance({}, {}, Traffic())


@dataclass(frozen=True)
class Log:
    """The latest answers of a balancer by server, and its counts, which were read before them."""

    counts: Mapping[str, Statuses]
    answers: Mapping[str, tuple[Answer, ...]]


def counters(statistics: str) -> dict[str, Statuses]:
    """The numbers of answers by status, for each server by its address and for the whole front (FRONTEND)."""
    counts = {}
    for row in csv.DictReader(statistics.lstrip("# ").splitlines()):
        if row.get("svname") and row["svname"] not in SUMMARIES:
            counts[row["svname"]] = _statuses(row)
        elif row.get("pxname") == FRONTEND:
            counts[FRONTEND] = _statuses(row)
    return counts


def answers(log: str) -> dict[str, tuple[Answer, ...]]:
    """The latest answers by server, from lines such as `1795811090 15 200 10.213.0.21`: begin, milliseconds, status."""
    by_server: defaultdict[str, list[Answer]] = defaultdict(list)
    for line in log.splitlines():
        words = line.split()
        # A line of another form is an error of the runtime API, or cut off.
        if len(words) != 4 or not (words[0].isdecimal() and words[1].isdecimal()):
            continue
        seconds = int(words[1]) / MILLISECONDS
        by_server[words[3]].append(Answer(int(words[0]) + seconds, seconds))
    return {server: tuple(items) for server, items in by_server.items()}


def balance(statistics: str, log: Log) -> Balance:
    """The balancer's view, from its statistics and from its log, which has the counts of these statistics."""
    counts, latest = dict(log.counts), log.answers
    everything = sorted((answer for items in latest.values() for answer in items), key=lambda answer: answer.at)
    total = Traffic(counts.pop(FRONTEND, (0, 0, 0, 0)), tuple(everything))
    by_server = {server: Traffic(statuses, latest.get(server, ())) for server, statuses in counts.items()}
    return Balance(parse_servers(statistics), by_server, total)


def _statuses(row: Mapping[str, str]) -> Statuses:
    second, third, fourth, fifth = (int(row[name] or 0) for name in STATUSES)
    return second, third, fourth, fifth
