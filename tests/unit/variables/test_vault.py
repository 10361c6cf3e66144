"""Ansible's vault: files and values that ansible-vault 2.19 wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.inventory import load
from deployer.language.values import EncryptedText
from deployer.language.yaml import load_text
from deployer.model.errors import LoadError
from deployer.model.secret import MASK, Secret, mask, reveal
from deployer.model.source import Position, SourceList, SourceMap, Template
from deployer.templating import Renderer, Scope
from deployer.variables import PlayVariables, VariableStore
from deployer.variables.passwords import from_text
from deployer.variables.vault import Vault, parse_envelope

#: Format 1.1, password `pw1`: db_password: hunter2xyz, url: "http://{{ host }}/hunter3", n: 5,
#: l: [aaaa, {b: cccc}].
FILE = """$ANSIBLE_VAULT;1.1;AES256
34656630383638313636393139336233323138336466623336643964303336626563313464356336
6663613635353932303165306438373561303034633935320a316237636136653166626632373736
61316266376563336634326637366232396134326562663934616163643931303536376536336436
6335663138663437360a616363613537373733356165386263353332386632646164383332613363
31633861333766666238626530353563623235313864623333373765666530633062346335393535
36323633383664343463356536646462303233373364363933613633326133663065653063666237
62363031336261393131393330636366663361343431393463326166356366373736313565333331
37396533333031336465363663643839316638663264393531383037303432383131373639376533
3537
"""
#: Format 1.1, password `pw1`: s3kret-value.
FOO = """$ANSIBLE_VAULT;1.1;AES256
37363338633466323234356161646162353330656538353239666165613134353764626464633935
3538613437653938666133613961346561343336613538620a633662396333393461626132363337
38643566616431316337613066653365626430626239306263313961636564346130643761616266
3332346533636462640a303132636531626639373936343234656364366532643964303732333364
3731
"""
#: Format 1.2 with the vault id `prod`, password `pw2`: s3kret {{ who }}-tail.
BAR = """$ANSIBLE_VAULT;1.2;AES256;prod
66323535363065326665663936363430363261613332346435306464623063396462303936656537
3231303231633937376263303331613530343337303936390a343434616534386666336464316231
30646365613230656166646439346465343530313665343939616463653761383834343465366130
3164663334653136330a303338303330623261383336363936663364376133376362643533366230
38666432353139656663626465393066666330623538633161353164343336346630
"""
PLACE = Position("vars.yml", 3, 7)


@pytest.fixture
def vault() -> Vault:
    return Vault([from_text("pw1"), from_text("pw2", "prod")])


def test_a_whole_file_becomes_values_whose_text_is_secret(vault: Vault) -> None:
    values = vault.document(EncryptedText(FILE, Position("v.yml", 1, 1)))
    assert isinstance(values, SourceMap)
    password, url = values["db_password"], values["url"]
    assert isinstance(password, Secret)
    assert reveal(password) == "hunter2xyz"
    assert isinstance(url, Template)
    assert url.secret
    assert url.origin == Position("v.yml", 2, 6)
    assert values["n"] == 5
    assert reveal(values["l"][0]) == "aaaa"
    assert str(values["l"][1]["b"]) == MASK
    assert mask("it says hunter2xyz") == f"it says {MASK}"


def test_an_inline_value_is_a_secret_or_a_template_of_one(vault: Vault) -> None:
    foo = vault.value(EncryptedText(FOO, PLACE))
    assert isinstance(foo, Secret)
    assert reveal(foo) == "s3kret-value"
    bar = vault.value(EncryptedText(BAR, PLACE))
    assert isinstance(bar, Template)
    assert (str(bar), bar.secret, bar.origin) == ("s3kret {{ who }}-tail", True, PLACE)
    rendered = Renderer().render(bar, Scope({"who": "me"}))
    assert isinstance(rendered, Secret)
    assert reveal(rendered) == "s3kret me-tail"
    assert mask("x s3kret me-tail y") == f"x {MASK} y"


def test_indented_text_of_yaml_is_read(vault: Vault) -> None:
    text = "foo: !vault |\n" + "".join(f"    {line}\n" for line in FOO.splitlines())
    value = load_text(text, "v.yml")["foo"]
    assert reveal(vault.value(value)) == "s3kret-value"


def test_what_is_encrypted_deep_inside_is_opened_in_copies(vault: Vault) -> None:
    inner = SourceList([EncryptedText(FOO), 1], PLACE)
    untouched = SourceMap({"x": Template("y")})
    value = SourceMap({"a": inner, "b": untouched}, PLACE, {"a": PLACE})
    opened = vault.opened(value)
    assert reveal(opened["a"][0]) == "s3kret-value"
    assert opened["b"] is untouched
    assert (opened.origin, opened.at("a"), opened["a"].origin) == (PLACE, PLACE, PLACE)
    assert isinstance(value["a"][0], EncryptedText)
    assert vault.opened(value) is opened
    assert vault.opened("plain") == "plain"


def test_values_are_opened_when_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    indented = "".join(f"    {line}\n" for line in FOO.splitlines())
    (tmp_path / "group_vars" / "all.yml").write_text(f"foo: !vault |\n{indented}plain: 1\n")
    (tmp_path / "hosts").write_text("h\n")
    inventory = load([str(tmp_path / "hosts")])
    store = VariableStore(inventory, vault=Vault([from_text("pw1")]))
    play = PlayVariables(vars=SourceMap({"nested": SourceMap({"x": EncryptedText(FOO)})}))
    scope = store.assemble("h", play)
    assert reveal(scope["foo"]) == "s3kret-value"
    assert reveal(scope.over({"item": 1})["nested"]["x"]) == "s3kret-value"
    closed = VariableStore(inventory).assemble("h")
    assert closed["plain"] == 1
    with pytest.raises(LoadError, match=r"all.yml:1:6: encrypted, and no vault password is given"):
        closed["foo"]


def test_group_vars_may_be_encrypted_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (tmp_path / "group_vars" / "all" / "vault.yml").write_text(FILE)
    (tmp_path / "hosts").write_text("h\n")
    store = VariableStore(load([str(tmp_path / "hosts")]), vault=Vault([from_text("pw1")]))
    assert reveal(store.assemble("h")["db_password"]) == "hunter2xyz"


def test_the_password_that_the_text_names_is_tried_first() -> None:
    asked: list[str] = []

    def password(text: str, label: str):
        made = from_text(text, label)
        read = made._read
        made._read = lambda: asked.append(label) or read()  # type: ignore[func-returns-value]
        return made

    vault = Vault([password("pw1", "default"), password("pw2", "prod")])
    vault.text(BAR)
    assert asked == ["prod"]


def test_any_password_that_fits_will_do() -> None:
    assert Vault([from_text("pw1"), from_text("pw2", "other")]).text(BAR)


def test_no_password_fits() -> None:
    vault = Vault([from_text("wrong"), from_text("bad", "prod")])
    with pytest.raises(LoadError) as caught:
        vault.text(BAR, PLACE)
    assert str(caught.value) == (
        "vars.yml:3:7: no vault password fits (it was encrypted with the vault id `prod`) "
        "(tried the passwords of `default`, `prod`)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "this is not an Ansible vault"),
        ("$ANSIBLE_VAULT;1.0;AES\n00", "format 1.0 is not known"),
        ("$ANSIBLE_VAULT;1.1;AES512\n00", "cipher AES512 is not known"),
        ("$ANSIBLE_VAULT;1.1;AES256\nzz", "the vault is damaged"),
        ("$ANSIBLE_VAULT;1.1;AES256\n00ff", "the vault is damaged"),
        (FOO[:-20], "the vault is damaged"),
    ],
)
def test_damaged_vaults_are_errors_at_their_place(vault: Vault, text: str, said: str) -> None:
    with pytest.raises(LoadError) as caught:
        vault.text(text, PLACE)
    assert str(caught.value).startswith("vars.yml:3:7: ")
    assert said in str(caught.value)


def test_one_changed_digit_is_noticed(vault: Vault) -> None:
    changed = FOO.replace("303132636531", "303132636532")
    assert changed != FOO
    with pytest.raises(LoadError, match=r"no vault password fits|damaged"):
        vault.text(changed)


def test_content_that_is_not_yaml_is_not_quoted_in_the_error(vault: Vault, monkeypatch) -> None:
    monkeypatch.setattr(vault, "text", lambda *_: "topsecret: {unclosed\nfoo: [\n")
    with pytest.raises(LoadError) as caught:
        vault.document(EncryptedText("x", Position("v.yml", 1, 1)))
    assert "topsecret" not in str(caught.value)
    assert "v.yml:" in str(caught.value)


def test_the_label_of_an_envelope() -> None:
    assert parse_envelope(BAR).label == "prod"
    assert parse_envelope(FOO).label == ""
