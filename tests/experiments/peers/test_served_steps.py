"""Programs that take steps when they are told to."""

import sys

import pytest

from experiments.peers.served_steps import StepServer

PROGRAM = """
import json, os, sys, time
print(json.dumps({"name": os.environ.get("NAME")}), flush=True)
for line in sys.stdin:
    form, steps = line.split()
    if form == "broken":
        sys.exit(3)
    if form == "silly":
        print("ready", flush=True)
        continue
    if form == "meet":  # Both have to be under way at once.
        open(steps, "w").close()
        while len([name for name in os.listdir(".") if name.isdigit()]) < 2:
            time.sleep(0.01)
    print(json.dumps({"seconds": float(steps), "processor_seconds": 0.0}), flush=True)
"""


@pytest.fixture
def command(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return [sys.executable, str(path)]


def test_steps_are_taken_when_it_is_told_to(command):
    server = StepServer(command, {"NAME": "one"})
    assert server.about == {"name": "one"}
    assert server.take("fit", 3) == {"seconds": 3.0, "processor_seconds": 0.0}
    server.end()


def test_two_programs_take_steps_at_the_same_time(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    servers = [StepServer(command) for _ in range(2)]
    assert [server.about for server in servers] == [{"name": None}] * 2
    for number, server in enumerate(servers):
        server.begin("meet", number)
    assert [server.end_of_steps()["seconds"] for server in servers] == [0, 1]
    for server in servers:
        server.kill()


def test_a_program_that_is_gone_is_one_line(command):
    server = StepServer(command)
    assert server.about
    server.kill()
    with pytest.raises(RuntimeError, match="^the other program ended with status -9$"):
        server.take("fit", 1)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("broken", "the other program ended with status 3"),
        ("silly", "the other program says 'ready\\\\n', not JSON"),
    ],
)
def test_a_program_that_fails_is_one_line(command, form, message):
    server = StepServer(command)
    with pytest.raises(RuntimeError, match=f"^{message}$"):
        server.take(form, 1)
    server.end()
