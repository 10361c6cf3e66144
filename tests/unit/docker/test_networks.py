"""What differs between a network and its description."""

import pytest

from deployer.docker.networks import Network, differences, pool_of
from deployer.sdk import Refused

BRIDGE = {
    "Name": "n1",
    "Driver": "bridge",
    "Scope": "local",
    "EnableIPv6": False,
    "Internal": False,
    "Attachable": False,
    "Ingress": False,
    "ConfigOnly": False,
    "ConfigFrom": {"Network": ""},
    "IPAM": {
        "Driver": "default",
        "Options": None,
        "Config": [{"Subnet": "172.19.0.0/16", "Gateway": "172.19.0.1"}],
    },
    "Options": {"com.docker.network.bridge.enable_icc": "false"},
    "Labels": {"team": "web"},
}


def found(**wanted):
    return [str(item) for item in differences(Network(**{"driver": "bridge", **wanted}), BRIDGE)]


def test_what_is_not_mentioned_may_be_anything():
    assert found() == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"driver": "overlay"}, "driver is bridge, wanted overlay"),
        ({"scope": "swarm"}, "scope is local, wanted swarm"),
        ({"switches": {"internal": True}}, "internal is false, wanted true"),
        ({"labels": {"team": "db"}}, "labels.team is web, wanted db"),
        ({"labels": {"new": "x"}}, "labels.new is not set, wanted x"),
        ({"options": {"mtu": "9000"}}, "driver_options.mtu is not set, wanted 9000"),
        ({"ipam_driver": "dhcp"}, "ipam_driver is default, wanted dhcp"),
        ({"ipam_options": {"a": "b"}}, "ipam_driver_options is not set, wanted {'a': 'b'}"),
        (
            {"pools": (pool_of({"subnet": "10.0.0.0/24"}),)},
            "ipam_config[0].subnet is 172.19.0.0/16, wanted 10.0.0.0/24",
        ),
        (
            {"pools": (pool_of({"subnet": "172.19.0.0/16", "gateway": "172.19.0.9"}),)},
            "ipam_config[0].gateway is 172.19.0.1, wanted 172.19.0.9",
        ),
        ({"switches": {"enable_ipv4": False}}, "enable_ipv4 is true, wanted false"),
        ({"config_from": "base"}, "config_from is not set, wanted base"),
    ],
)
def test_each_option_is_compared(wanted, said):
    assert found(**wanted) == [said]


def test_addresses_are_compared_by_what_they_mean():
    record = {
        **BRIDGE,
        "IPAM": {
            "Driver": "default",
            "Config": [
                {"Subnet": "172.19.0.0/16", "Gateway": "172.19.0.1/16"},
                {"Subnet": "fdd1:ac8c:557:7ce2::/64", "AuxiliaryAddresses": {"a": "fdd1::5"}},
            ],
        },
    }
    pools = (
        pool_of({"subnet": "fdd1:ac8c:0557:7ce2::/64", "aux_addresses": {"a": "fdd1:0::5"}}),
        pool_of({"subnet": "172.19.0.0/16", "gateway": "172.19.0.1"}),
    )
    assert differences(Network("bridge", pools=pools), record) == []


@pytest.mark.parametrize(
    "pool",
    [{}, {"subnet": "10.0.0.0"}, {"subnet": "x/24"}, {"subnet": "10.0.0.0/8", "gateway": "y"}],
)
def test_addresses_that_are_none_are_refused(pool):
    with pytest.raises(Refused):
        pool_of(pool)


def test_an_unknown_key_of_a_pool_is_refused():
    with pytest.raises(Refused, match="it takes subnet, iprange"):
        pool_of({"subnet": "10.0.0.0/8", "ip_range": "10.0.0.0/9"})


def test_a_description_becomes_flags():
    network = Network(
        "overlay",
        options={"encrypted": ""},
        labels={"a": "b"},
        pools=(
            pool_of(
                {
                    "subnet": "10.0.0.0/24",
                    "iprange": "10.0.0.0/25",
                    "aux_addresses": {"r": "10.0.0.9"},
                }
            ),
        ),
        switches={"attachable": True, "internal": False, "enable_ipv4": False, "enable_ipv6": None},
    )
    assert network.flags == [
        *("--driver", "overlay", "--opt", "encrypted=", "--label", "a=b"),
        *("--subnet", "10.0.0.0/24", "--ip-range", "10.0.0.0/25", "--aux-address", "r=10.0.0.9"),
        *("--attachable", "--ipv4=false"),
    ]


def test_a_network_of_settings_has_no_driver_of_its_own():
    network = Network("bridge", switches={"config_only": True})
    assert network.flags == ["--config-only"]
    assert differences(network, {**BRIDGE, "Driver": "null", "ConfigOnly": True}) == []
