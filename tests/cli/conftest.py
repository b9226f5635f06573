"""What the end-to-end tests of the command line share: the program, a folder with known content."""
import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSAY = Path(os.environ.get("ASSAY_BIN", ROOT / "build" / "assay")).resolve()
SSN_LINE = "Employee Mary Johnson, social security number {}\n"
SSNS = ("512-44-7731", "509-74-2893", "318-62-7740", "221-08-5519")


class Assay:
    """Runs the program with a home of its own, so that no test sees the user's settings."""

    def __init__(self, home, program=ASSAY):
        self.program = str(program)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
                            "AWS_EC2_METADATA_DISABLED": "true", "TERM": "xterm"}

    def command(self, *arguments):
        return [self.program, *(os.fspath(argument) for argument in arguments)]

    def run(self, *arguments, code=0, **keywords):
        environment = {**self.environment, **keywords.pop("env", {})}
        done = subprocess.run(self.command(*arguments), capture_output=True, timeout=300, env=environment, **keywords)
        assert code is None or done.returncode == code, (done.returncode, done.stderr.decode(errors="replace"))
        return done

    def start(self, *arguments, **keywords):
        return subprocess.Popen(self.command(*arguments), env=self.environment, **keywords)

    def records(self, *arguments, **keywords):
        """The JSON lines of a scan, by key."""
        done = self.run("scan", *arguments, "--format", "jsonl", **keywords)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len({(line.get("bucket"), line["key"]) for line in lines}) == len(lines), "an object came twice"
        return {line["key"]: line for line in lines}


@pytest.fixture
def assay(tmp_path_factory):
    if not ASSAY.exists():
        pytest.fail(f"{ASSAY} is not there: run make build, or set ASSAY_BIN")
    return Assay(tmp_path_factory.mktemp("home"))


@pytest.fixture
def estate(tmp_path):
    """A folder of a few objects that are easy to tell apart."""
    root = tmp_path / "estate"
    (root / "hr").mkdir(parents=True)
    (root / "web" / "deep").mkdir(parents=True)
    (root / "hr" / "staff.txt").write_text("".join(SSN_LINE.format(number) for number in SSNS))
    (root / "hr" / "one.txt").write_text(SSN_LINE.format(SSNS[0]))
    (root / "web" / "index.html").write_text("<html><body><p>Welcome to our garden.</p></body></html>\n")
    (root / "web" / "deep" / "notes.md").write_text("# Notes\n\nNothing in here is about anybody.\n")
    (root / "empty").write_text("")
    return root


@pytest.fixture
def snapshot():
    """Compares a text with the file of that name in snapshots/; UPDATE_SNAPSHOTS=1 writes them anew."""

    def compare(name, text):
        path = Path(__file__).parent / "snapshots" / name
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.write_text(text)
        assert text == path.read_text(), f"{name} changed; if that is right: UPDATE_SNAPSHOTS=1"

    return compare


@pytest.fixture
def own_identifiers(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("""\
identifiers:
  - id: EMPLOYEE_BADGE
    name: Employee badge
    category: PERSONAL_INFORMATION
    pattern: 'EMP-[0-9]{6}'
    boundary: word
    risk: 5
    source: our own
    examples:
      positive:
        - {text: 'badge EMP-004711', match: 'EMP-004711'}
      negative:
        - {text: 'EMP-47'}
""")
    return path
