"""Whether a host is logged in to a registry: asked on the host, in both shells."""

import base64
import json

import pytest

from deployer.docker.credentials import HUB, LOOK, expectation, keys_of, server_of
from tests.support.shell import SHELLS, run, shell_id

REGISTRY = "reg.example.com:5000"
PASSWORD = 'p"a\\ss <&> ü$(x)'


def auth(user="lab", password=PASSWORD):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(params=SHELLS, ids=shell_id)
def look(request, tmp_path):
    """Asks about a config; helpers are made in `tmp_path`."""

    def ask(config=None, registry=REGISTRY, user="lab", password=PASSWORD, indent=4):
        path = tmp_path / "config.json"
        if config is not None:
            text = config if isinstance(config, str) else json.dumps(config, indent=indent)
            path.write_text(text)
        script = LOOK(str(path), user, *keys_of(registry), stdin=expectation(user, password))
        reply = run(script, request.param)
        assert reply.ok, reply.err
        return reply.out.strip()

    return ask


def test_no_file_is_no_login(look):
    assert look() == "absent"


@pytest.mark.parametrize("indent", [None, 4, "\t"])
def test_the_same_credentials_are_recognised_in_any_layout(look, indent):
    config = {
        "HttpHeaders": {"a": "b"},
        "auths": {"x": {"auth": "eA=="}, REGISTRY: {"auth": auth()}},
    }
    assert look(config, indent=indent) == "same"


def test_other_credentials_differ(look):
    assert look({"auths": {REGISTRY: {"auth": auth(password="old")}}}) == "other"
    assert look({"auths": {REGISTRY: {"auth": auth(user="else")}}}) == "other"
    assert look({"auths": {REGISTRY: {}}}) == "other"


def test_another_registry_does_not_count(look):
    assert look({"auths": {"reg.example.com": {"auth": auth()}}}) == "absent"
    assert look({"auths": {f"my{REGISTRY}": {"auth": auth()}}}) == "absent"
    assert look({"elsewhere": {REGISTRY: {"auth": auth()}}}) == "absent"


def test_an_entry_that_ansible_wrote_under_an_address_counts(look):
    config = {"auths": {f"https://{REGISTRY}": {"auth": auth()}}}
    assert look(config, f"https://{REGISTRY}") == "same"


def test_docker_hub_has_one_name_in_the_file(look):
    assert look({"auths": {HUB: {"auth": auth()}}}, HUB) == "same"
    assert look({"auths": {HUB: {"auth": auth()}}}, "docker.io") == "same"


def test_a_file_that_is_no_json_is_no_login(look):
    assert look("not json") == "absent"
    assert look("") == "absent"


@pytest.mark.parametrize(
    ("registry", "server"),
    [
        (HUB, ""),
        ("docker.io", ""),
        ("https://reg.example.com/v2/", "reg.example.com"),
        ("reg.example.com:5000", "reg.example.com:5000"),
        ("http://10.0.0.1:5000", "10.0.0.1:5000"),
    ],
)
def test_registries_are_called_as_docker_calls_them(registry, server):
    assert server_of(registry) == server


@pytest.mark.parametrize("kind", ["credsStore", "credHelpers"])
@pytest.mark.parametrize(
    ("user", "secret", "said"),
    [("lab", PASSWORD, "same"), ("lab", "old", "other"), ("else", PASSWORD, "other")],
)
def test_a_credential_helper_is_asked(tmp_path, kind, user, secret, said):
    """As docker's helpers answer: Go's JSON, which escapes `<`, `>` and `&`."""
    answer = json.dumps(
        {"ServerURL": REGISTRY, "Username": user, "Secret": secret}, ensure_ascii=False
    )
    answer = answer.replace(" ", "") if " " not in secret else answer.replace('": "', '":"')
    for sign in "<>&":
        answer = answer.replace(sign, f"\\u{ord(sign):04x}")
    (tmp_path / "answer").write_text(answer)
    program = tmp_path / "docker-credential-mine"
    program.write_text(
        f'#!/bin/sh\nread -r n\n[ "$n" = "{REGISTRY}" ] || exit 1\ncat {tmp_path}/answer\n'
    )
    program.chmod(0o755)
    config = {
        "credsStore": {"credsStore": "mine"},
        "credHelpers": {"auths": {REGISTRY: {}}, "credHelpers": {"x": "y", REGISTRY: "mine"}},
    }[kind]
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    script = LOOK(str(path), "lab", *keys_of(REGISTRY), stdin=expectation("lab", PASSWORD))
    reply = run(script, SHELLS[0], {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert reply.out.strip() == said


def test_nothing_of_the_credentials_is_an_argument_or_an_answer(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {REGISTRY: {"auth": auth()}}}))
    script = LOOK(str(path), "lab", *keys_of(REGISTRY), stdin=expectation("lab", PASSWORD))
    assert script.sensitive
    words = " ".join(word for call in script.calls for word in call.args)
    reply = run(script)
    for leak in (PASSWORD, auth()):
        assert leak not in words
        assert leak not in reply.out + reply.err
