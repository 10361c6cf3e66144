"""`command`, `shell`, `raw`, `script`: words arrive as they are, conditions hold."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployer.model.script import LocalFile
from deployer.modules import command, raw, script, shell
from deployer.sdk import LocalScript, Secret
from tests.support.shell import arguments


def run(host, module, **given):
    return host.command(module.MODULE, arguments(module.MODULE, **given))


def test_words_reach_the_program_as_they_are(host):
    argv = ["printf", "%s|", "a b", "$(id)", "`id`", "'", '"', "*", "-n", "", "new\nline", "\\"]
    outcome = run(host, command, argv=argv, expand_argument_vars=False)
    assert outcome.values["stdout"] == "|".join(argv[2:]) + "|"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(word=st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_check_20_any_word(host, word):
    argv = ["printf", "%s", word + "."]
    outcome = run(host, command, argv=argv, expand_argument_vars=False, strip_empty_ends=False)
    assert outcome.values["stdout"] == word + "."


def test_variables_of_the_host_are_expanded_without_a_shell(host):
    host.env = {"NAME": "a  b;$(id)", "HOME": "/home/me"}
    outcome = run(host, command, cmd="printf '%s|' $NAME x${NAME}y ~/bin $unset_$ '$9' ${NAME")
    expected = ["a  b;$(id)", "xa  b;$(id)y", "/home/me/bin", "$unset_$", "$9", "${NAME"]
    assert outcome.values["stdout"] == "|".join(expected) + "|"


def test_chdir_creates_and_removes(host, tmp_path):
    (tmp_path / "done.1").write_text("")
    assert run(host, command, cmd="pwd", chdir=str(tmp_path)).values["stdout"] == str(tmp_path)
    assert run(host, command, cmd="pwd", creates=f"{tmp_path}/done*").changed is False
    assert run(host, command, cmd="pwd", chdir=str(tmp_path), creates="done.1").changed is False
    assert run(host, command, cmd="pwd", creates=f"{tmp_path}/none*").changed is True
    assert run(host, command, cmd="pwd", removes=f"{tmp_path}/none").changed is False
    assert run(host, command, cmd="pwd", removes=f"{tmp_path}/done.1").changed is True
    outcome = run(host, command, cmd="pwd", chdir="/nonexistent", creates="etc")
    assert outcome.failed


def test_a_home_is_expanded_in_conditions(host, tmp_path):
    host.env = {"HOME": str(tmp_path)}
    (tmp_path / "done").write_text("")
    assert run(host, shell, cmd="true", creates="~/done").changed is False
    assert run(host, shell, cmd="pwd", chdir="~").values["stdout"] == str(tmp_path)


def test_a_program_that_is_not_there(host):
    outcome = run(host, command, cmd="no-such-program --x")
    assert (outcome.failed, outcome.changed, outcome.values["rc"]) == (True, False, 2)
    assert outcome.msg == "Error executing command: no program `no-such-program` on this host"


def test_a_file_that_cannot_be_run(host, tmp_path):
    (tmp_path / "text").write_text("x\n")
    for path, code in ((tmp_path / "text", 13), (tmp_path, 13), (tmp_path / "none", 2)):
        outcome = run(host, command, cmd=f"{path} $HOME")
        assert (outcome.failed, outcome.changed, outcome.values["rc"]) == (True, False, code)
        assert str(path) in outcome.msg


def test_a_directory_that_is_not_there(host, tmp_path):
    outcome = run(host, command, cmd="pwd", chdir=f"{tmp_path}/none")
    assert (outcome.failed, outcome.changed) == (True, False)
    assert outcome.msg == f"Error executing command: cannot change to the directory {tmp_path}/none"


def test_a_program_that_fails_itself_has_changed_perhaps(host, tmp_path):
    (tmp_path / "no").write_text("#!/bin/sh\nexit ${1:-2}\n")
    (tmp_path / "no").chmod(0o755)
    for code in (1, 2, 13, 126, 127):
        outcome = run(host, command, cmd=f"{tmp_path}/no {code}")
        assert (outcome.failed, outcome.changed, outcome.values["rc"]) == (True, True, code)


def test_standard_input(host):
    assert run(host, command, cmd="cat", stdin="a\nb").values["stdout_lines"] == ["a", "b"]
    outcome = run(host, shell, cmd="wc -c", stdin="abc", stdin_add_newline=False)
    assert outcome.values["stdout"].strip() == "3"


def test_shell_has_pipes_and_an_executable(host):
    assert run(host, shell, cmd="echo a b | tr a-z A-Z; exit 4").values["stdout"] == "A B"
    outcome = run(host, shell, cmd="echo ${0}; [[ a == a ]] && echo yes", executable="/bin/bash")
    assert outcome.values["stdout_lines"][-1] == "yes"


def test_raw_runs_in_the_session_s_shell(host):
    outcome = run(host, raw, cmd="x=1; echo $((x + 1)); exit 3")
    assert (outcome.values["stdout"], outcome.values["rc"]) == ("2\n", 3)
    assert run(host, raw, cmd="echo $0", executable="/bin/bash").values["stdout"] == "/bin/bash\n"


@pytest.mark.parametrize("module", [command, shell, raw])
def test_a_secret_in_the_text_is_marked(module):
    made = module.MODULE.script(arguments(module.MODULE, cmd=Secret("echo hunter2-hunter2")))
    assert made.sensitive


def sent(tmp_path, text, *words):
    path = tmp_path / "set up.sh"
    path.write_text(text)
    return LocalScript(LocalFile(str(path), len(text), ""), words)


def test_a_script_runs_with_its_arguments_and_is_removed(host, tmp_path):
    host.env = {"TMPDIR": str(tmp_path), "NAME": "value"}
    text = '#!/bin/sh\nprintf "%s|" "${0##*/}" "$@"; stat -c %a "${0%/*}" "$0"; pwd; exit 3\n'
    cmd = sent(tmp_path, text, "a b", "$(id)", "$NAME", "")
    outcome = run(host, script, cmd=cmd, chdir="/usr")
    assert outcome.values["stdout_lines"] == ["set up.sh|a b|$(id)|value||700", "700", "/usr"]
    assert outcome.values["rc"] == 3
    assert outcome.failed
    assert [entry.name for entry in tmp_path.iterdir()] == ["set up.sh"]


def test_a_script_has_an_executable_of_several_words(host, tmp_path):
    cmd = sent(tmp_path, "echo $0 $1 $-\n", "x")
    outcome = run(host, script, cmd=cmd, executable="/bin/bash -e")
    name, word, flags = outcome.values["stdout"].rsplit(maxsplit=2)
    assert (name.endswith("/set up.sh"), word, "e" in flags) == (True, "x", True)
    cmd = sent(tmp_path, "exit 7\n")
    assert run(host, script, cmd=cmd, executable="/bin/sh").values["rc"] == 7


def test_a_script_is_skipped_where_it_created_its_file(host, tmp_path):
    cmd = sent(tmp_path, "#!/bin/sh\nexit 1\n")
    assert run(host, script, cmd=cmd, creates=str(tmp_path)).changed is False


def test_a_killed_script_leaves_nothing_behind(host, tmp_path):
    host.env = {"TMPDIR": str(tmp_path)}
    outcome = run(host, script, cmd=sent(tmp_path, "#!/bin/sh\nkill -TERM $PPID; exit 0\n"))
    assert outcome.failed
    assert [entry.name for entry in tmp_path.iterdir()] == ["set up.sh"]
