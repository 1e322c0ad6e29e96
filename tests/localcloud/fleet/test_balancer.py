"""The balancer's configuration and statistics."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from dockdj.localcloud.fleet import balancer
from dockdj.localcloud.fleet.balancer import ServerStatus
from tests.localcloud.fleet.spec import SPEC


def test_configuration_contains_the_health_options() -> None:
    spec = dataclasses.replace(
        SPEC, health_path="/health?full=1", health_codes=frozenset({302, 200}), health_interval=7, healthy_threshold=4
    )
    lines = balancer.configuration(spec, [], 8080).splitlines()
    assert any(line.startswith("  http-check send meth GET uri /health?full=1 ver HTTP/1.1 hdr Host") for line in lines)
    assert "  http-check expect status 200,302" in lines
    assert "  default-server check inter 7s fastinter 400 downinter 400 rise 4 fall 5" in lines


def test_health_path_cannot_add_words_to_the_configuration() -> None:
    spec = dataclasses.replace(SPEC, health_path="/a b\n  server evil 1.2.3.4:80")
    text = balancer.configuration(spec, [], 8080)
    assert "uri /a%20b%0A%20%20server%20evil%201.2.3.4:80 ver" in text


def test_changing_instance_is_checked_at_least_as_often_as_configured() -> None:
    assert "inter 0s" not in balancer.checks(SPEC)
    assert "inter 15s fastinter 400" in balancer.checks(SPEC)


def test_added_server_needs_no_reload_but_a_changed_option_does() -> None:
    before = balancer.configuration(SPEC, ["10.213.0.20"], 8080)
    with_server = balancer.configuration(SPEC, ["10.213.0.20", "10.213.0.21"], 8080)
    with_option = balancer.configuration(dataclasses.replace(SPEC, healthy_threshold=5), ["10.213.0.20"], 8080)
    assert "  server 10.213.0.21 10.213.0.21:80" in with_server
    assert balancer.options(before) == balancer.options(with_server)
    assert balancer.options(before) != balancer.options(with_option)


def test_statistics_are_parsed_by_server_name() -> None:
    statistics = """\
# pxname,svname,qcur,qmax,scur,smax,status,check_status,check_code,
app,10.213.0.20,1,0,2,9,UP 1/5,L7OK,200,
app,10.213.0.21,0,0,0,9,DOWN,L7STS,500,
app,10.213.0.22,0,0,,9,DRAIN,INI,,
app,10.213.0.23,0,0,0,9,no check,,,

"""
    assert balancer.parse_servers(statistics) == {
        "10.213.0.20": balancer.Server(ServerStatus.UP, 3, "L7OK/200"),
        "10.213.0.21": balancer.Server(ServerStatus.DOWN, 0, "L7STS/500"),
        "10.213.0.22": balancer.Server(ServerStatus.DRAIN, 0, "INI"),
        "10.213.0.23": balancer.Server(ServerStatus.OTHER, 0, ""),
    }


def test_unregistered_instance_is_not_busy() -> None:
    servers = {"a": balancer.Server(ServerStatus.DRAIN, 1, ""), "b": balancer.Server(ServerStatus.DRAIN, 0, "")}
    assert balancer.busy(servers, ["a", "b"])
    assert not balancer.busy(servers, ["b", "c"])


@given(st.integers(1, 99), st.integers(1, 10), st.integers(1, 10))
def test_weights_give_the_new_version_its_percentage(percent: int, new: int, old: int) -> None:
    new_weight, old_weight = balancer.weights(percent, new, old)
    assert {new_weight, old_weight} <= set(range(1, 257))
    share = new_weight * new / (new_weight * new + old_weight * old)
    assert abs(share - percent / 100) < 0.04


def test_whole_percentages_leave_the_other_version_no_requests() -> None:
    assert balancer.weights(100, 2, 2) == (1, 0)
    assert balancer.weights(0, 2, 2) == (0, 1)
    assert balancer.weights(10, 2, 2) == (1, 9)
