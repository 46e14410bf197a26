"""Programs that take steps when they are told to."""

import sys
import time

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
    time.sleep(0.2)
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


def test_two_programs_take_steps_at_the_same_time(command):
    servers = [StepServer(command) for _ in range(2)]
    assert [server.about for server in servers] == [{"name": None}] * 2
    began = time.perf_counter()
    for number, server in enumerate(servers):
        server.begin("fit", number)
    begun = time.perf_counter() - began
    assert [server.end_of_steps()["seconds"] for server in servers] == [0, 1]
    assert begun < time.perf_counter() - began
    for server in servers:
        server.end()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("broken", "the program of the peer ended with status 3"),
        ("silly", "the program of the peer says 'ready\\\\n', not JSON"),
    ],
)
def test_a_program_that_fails_is_one_line(command, form, message):
    server = StepServer(command)
    with pytest.raises(RuntimeError, match=f"^{message}$"):
        server.take(form, 1)
    server.end()
