"""The requests in HAProxy's statistics and in its ring of requests."""

from dockdj.localcloud.fleet.balancer import FRONTEND, ServerStatus
from dockdj.localcloud.measures import Answer
from dockdj.localcloud.watch.requests import Log, answers, balance, counters

STATISTICS = """\
# pxname,svname,qcur,scur,status,check_status,check_code,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,
public,FRONTEND,,2,OPEN,,,40,3,2,1,
app,10.213.0.21,0,1,UP,L7OK,200,25,3,2,0,
app,10.213.0.22,0,0,DOWN,L7STS,500,15,0,0,,
app,BACKEND,0,1,UP,,,40,3,2,1,

"""
LOG = """\
1795811090 15 200 10.213.0.21
1795811091 2500 200 10.213.0.22
1795811091 5000 503 <NOSRV>
1795811090 -1 200 10.213.0.21
no such event sink
1795811092 7 2"""


def test_requests_are_counted_by_status_for_each_instance_and_for_all() -> None:
    assert counters(STATISTICS) == {
        FRONTEND: (40, 3, 2, 1),
        "10.213.0.21": (25, 3, 2, 0),
        "10.213.0.22": (15, 0, 0, 0),
    }


def test_answer_ends_after_its_duration_and_incomplete_lines_are_skipped() -> None:
    assert answers(LOG) == {
        "10.213.0.21": (Answer(1795811090.015, 0.015),),
        "10.213.0.22": (Answer(1795811093.5, 2.5),),
        "<NOSRV>": (Answer(1795811096.0, 5.0),),
    }


def test_balance_has_servers_and_requests_that_no_instance_answered() -> None:
    view = balance(STATISTICS, Log(counters(STATISTICS), answers(LOG)))
    assert {address: server.status for address, server in view.servers.items()} == {
        "10.213.0.21": ServerStatus.UP,
        "10.213.0.22": ServerStatus.DOWN,
    }
    assert view.total.statuses == (40, 3, 2, 1)
    assert [answer.seconds for answer in view.total.answers] == [0.015, 2.5, 5.0]
    assert view.by_server["10.213.0.22"].answers == (Answer(1795811093.5, 2.5),)


def test_balancer_without_an_answer_has_no_servers() -> None:
    view = balance("", Log({}, {}))
    assert (view.servers, view.by_server, view.total.statuses) == ({}, {}, (0, 0, 0, 0))
