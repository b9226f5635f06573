"""identifiers, completion, version, help and the man page."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ((), ("scan",), ("identifiers",), ("identifiers", "list"), ("identifiers", "show"), ("identifiers", "check"),
            ("identifiers", "test"), ("completion",), ("version",))


def help_text(assay, words):
    text = assay.run(*words, "--help").stdout.decode()
    return text


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words) or "assay")
def test_help_is_as_agreed(assay, snapshot, words):
    snapshot(f"help-{'-'.join(words) or 'assay'}.txt", help_text(assay, words))


def subcommands(assay, words):
    section = re.search(r"^Subcommands:\n((?:  .*\n)+)", help_text(assay, words), re.MULTILINE)
    return re.findall(r"^  ([a-z][a-z-]*)", section[1], re.MULTILINE) if section else []


def test_every_command_teaches_with_examples_of_its_own(assay):
    commands = [name for name in subcommands(assay, ()) if name != "version"]
    assert len(commands) >= 19
    for name in commands:
        for words in ((name,), *((name, verb) for verb in subcommands(assay, (name,)))):
            assert f"  assay {name}" in help_text(assay, words).split("Examples:\n")[-1], words


def test_help_without_a_command_goes_to_stderr(assay):
    done = assay.run(code=2)
    assert done.stdout == b"" and b"Examples:" in done.stderr


def test_version(assay):
    assert assay.run("version").stdout == assay.run("--version").stdout
    assert re.fullmatch(rb"assay \d+\.\d+\.\d+\n", assay.run("version").stdout)


def test_man_page_knows_every_option_and_renders(assay):
    page = (ROOT / "docs" / "assay.1").read_text()
    for words in COMMANDS:
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_text(assay, words).split("Examples:")[0]):
            assert option.replace("-", r"\-") in page, option
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-l", ROOT / "docs" / "assay.1"], capture_output=True,
                              env={**assay.environment, "MANWIDTH": "80"}, timeout=300)
        assert done.returncode == 0 and not done.stderr, done.stderr


@pytest.mark.parametrize("shell, check", [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "-n"])])
def test_completion_scripts_parse_and_know_the_options(assay, tmp_path, shell, check):
    script = assay.run("completion", shell).stdout.decode()
    for word in ("scan", "identifiers", "resume", "fail-on", "endpoint-url", "jsonl"):
        assert word in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([*check, tmp_path / "script"], check=True)


def test_bash_completion_completes(assay, tmp_path):
    script = tmp_path / "assay.bash"
    script.write_bytes(assay.run("completion", "bash").stdout)

    def complete(*words):
        program = (f"source {script}; COMP_WORDS=(assay {' '.join(words)}); COMP_CWORD={len(words)}; "
                   "_assay; printf '%s\\n' \"${COMPREPLY[@]}\"")
        return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert complete("sc") == ["scan"]
    assert complete("identifiers", "te") == ["test"]
    assert "--fail-on" in complete("scan", "--fail")
    assert complete("scan", "--format", "js") == ["jsonl", "json"]


def test_identifiers_list(assay):
    text = assay.run("identifiers", "list").stdout.decode()
    assert "US_SOCIAL_SECURITY_NUMBER" in text and "PERSONAL_INFORMATION" in text and "THEMES" in text
    entries = [json.loads(line) for line in assay.run("identifiers", "list", "--json").stdout.splitlines()]
    assert len({entry["id"] for entry in entries}) == len(entries) >= 67
    assert all(1 <= entry["risk"] <= 10 and entry["name"] and entry["category"] for entry in entries)


def test_identifiers_show(assay):
    text = assay.run("identifiers", "show", "US_SOCIAL_SECURITY_NUMBER").stdout.decode()
    assert re.search(r"^risk +\d+$", text, re.M) and "Found in" in text and "Not found in" in text
    assert b"did you mean 'US_SOCIAL_SECURITY_NUMBER'?" in assay.run("identifiers", "show", "US_SOCIAL_SECURTY_NUMBER",
                                                                   code=1).stderr


def test_identifiers_test(assay, own_identifiers):
    test = ("identifiers", "test", "US_SOCIAL_SECURITY_NUMBER")
    done = assay.run(*test, "ssn: 512-44-7731")
    assert done.stdout == b"5-16  512-44-7731\n"
    assert assay.run(*test, "-", input=b"ssn: 512-44-7731").stdout == done.stdout
    assert assay.run(*test, "nothing", code=1).stdout == b"nothing found\n"
    own = assay.run("identifiers", "test", "EMPLOYEE_BADGE", "EMP-123456", "--identifiers", own_identifiers)
    assert own.stdout == b"0-10  EMP-123456\n"


def test_identifiers_check(assay, own_identifiers):
    assert b"ok    EMPLOYEE_BADGE (2 examples)" in assay.run("identifiers", "check", own_identifiers).stdout
    own_identifiers.write_text(own_identifiers.read_text().replace("[0-9]{6}", "[0-9]{7}"))
    done = assay.run("identifiers", "check", own_identifiers, code=1)
    assert b"FAIL  EMPLOYEE_BADGE: does not find its example" in done.stdout
    own_identifiers.write_text(own_identifiers.read_text().replace("[0-9]{7}", "(a*)*"))
    assert b"EMPLOYEE_BADGE" in assay.run("identifiers", "check", own_identifiers, code=1).stdout + assay.run(
        "identifiers", "check", own_identifiers, code=1).stderr
    assert assay.run("identifiers", "check", own_identifiers.parent / "none.yaml", code=1).stderr
