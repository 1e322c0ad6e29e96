"""The balancer's configuration and statistics, as text."""

import dataclasses

from dockdj.localcloud.fleet import balancer
from tests.localcloud.fleet.conftest import SPEC


def test_health_checks_are_what_the_options_ask_for() -> None:
    spec = dataclasses.replace(
        SPEC, health_path="/health?full=1", health_codes=frozenset({302, 200}), health_interval=7, healthy_threshold=4
    )
    lines = balancer.configuration(spec, [], 8080).splitlines()
    assert any(line.startswith("  http-check send meth GET uri /health?full=1 ver HTTP/1.1 hdr Host") for line in lines)
    assert "  http-check expect status 200,302" in lines
    assert "  default-server check inter 7s fastinter 400 downinter 400 rise 4 fall 5" in lines


def test_a_health_path_cannot_add_words_to_the_configuration() -> None:
    spec = dataclasses.replace(SPEC, health_path="/a b\n  server evil 1.2.3.4:80")
    text = balancer.configuration(spec, [], 8080)
    assert "uri /a%20b%0A%20%20server%20evil%201.2.3.4:80 ver" in text


def test_the_pace_of_a_changing_instance_is_never_slower_than_asked() -> None:
    assert "inter 0s" not in balancer.checks(SPEC)
    assert "inter 15s fastinter 400" in balancer.checks(SPEC)


def test_only_options_need_a_reload() -> None:
    one = balancer.configuration(SPEC, ["10.213.0.20"], 8080)
    two = balancer.configuration(SPEC, ["10.213.0.20", "10.213.0.21"], 8080)
    other = balancer.configuration(dataclasses.replace(SPEC, healthy_threshold=5), ["10.213.0.20"], 8080)
    assert "  server 10.213.0.21 10.213.0.21:80" in two
    assert balancer.options(one) == balancer.options(two)
    assert balancer.options(one) != balancer.options(other)


def test_statistics_are_read_by_name() -> None:
    statistics = """\
# pxname,svname,qcur,qmax,scur,smax,status,check_status,check_code,
app,10.213.0.20,1,0,2,9,UP 1/5,L7OK,200,
app,10.213.0.21,0,0,0,9,DOWN,L7STS,500,
app,10.213.0.22,0,0,,9,DRAIN,INI,,

"""
    assert balancer.parse_servers(statistics) == {
        "10.213.0.20": balancer.Server("UP", 3, "L7OK/200"),
        "10.213.0.21": balancer.Server("DOWN", 0, "L7STS/500"),
        "10.213.0.22": balancer.Server("DRAIN", 0, "INI"),
    }


def test_an_instance_that_is_unknown_is_not_busy() -> None:
    known = {"a": balancer.Server("DRAIN", 1, ""), "b": balancer.Server("DRAIN", 0, "")}
    assert balancer.busy(known, ["a", "b"])
    assert not balancer.busy(known, ["b", "c"])
