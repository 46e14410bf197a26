import json
import socket
import threading

import pytest
import tensorflow as tf

from tfgan_it import distribution
from tfgan_it.cluster import EXAMPLE, Cluster

TWO = ["a:1", "b:2"]


def config(cluster=None, task=None):
    return json.dumps({"cluster": cluster or {"worker": TWO}, "task": task})


@pytest.mark.parametrize(
    ("text", "workers", "index"),
    [
        (EXAMPLE, ("host-a:2222", "host-b:2222"), 0),
        (config(task={"type": "worker", "index": 1}), ("a:1", "b:2"), 1),
        (config(task={"type": "worker", "index": "1"}), ("a:1", "b:2"), 1),
        (config({"worker": ["a:1"], "chief": ["c:3"]}, {"type": "worker", "index": 0}),)
        + (("c:3", "a:1"), 1),
        (config({"worker": ["a:1"], "chief": ["c:3"]}, {"type": "chief", "index": 0}),)
        + (("c:3", "a:1"), 0),
        ("{}", (), 0),
        ('{"cluster": {}}', (), 0),
        (config({"worker": ["[::1]:2222"]}), ("[::1]:2222",), 0),
    ],
)
def test_what_tf_config_describes(text, workers, index):
    assert Cluster.from_text(text) == (workers, index)


WRONG = [
    ("x", "is not JSON, got x"),
    ("[" * 100_000, "is not JSON, got [[["),
    ("[1]", "is not a JSON object, got [1]"),
    (config({"ps": TWO}), "has jobs other than chief and worker"),
    ('{"cluster": [1]}', "has jobs other than chief and worker"),
    (config({"worker": "a:1"}), "needs a list of host:port for the job worker, got a:1"),
    (config({"worker": ["a"]}), "needs a list of host:port for the job worker"),
    (config({"worker": ["a:0"]}), "needs a list of host:port for the job worker"),
    (config({"worker": ["a:65536"]}), "needs a list of host:port for the job worker"),
    (config({"worker": [":1"]}), "needs a list of host:port for the job worker"),
    (config({"worker": ["a:1", 2]}), "needs a list of host:port for the job worker"),
    (config({"worker": ["a:1", "a:1"]}), "must give each worker an address of its own"),
    (config({"worker": []}), "must give each worker an address of its own"),
    (config({"chief": TWO}), "has more than one chief"),
    (config(), "needs a task whose type is worker, got null"),
    (config({"worker": ["a:1"]}, {"type": "worker", "index": "x"}), "from 0 to 0, got x"),
    (config(task=[]), "needs a task whose type is worker"),
    (config(task={"type": "chief", "index": 0}), "needs a task whose type is worker"),
    (config(task={"type": ["worker"], "index": 0}), "needs a task whose type is worker"),
    (config(task={"type": "worker"}), "needs a task whose index is from 0 to 1, got null"),
    (config(task={"type": "worker", "index": 2}), "from 0 to 1, got 2"),
    (config(task={"type": "worker", "index": -1}), "from 0 to 1, got -1"),
    (config(task={"type": "worker", "index": "x"}), "from 0 to 1, got x"),
    (config(task={"type": "worker", "index": True}), "from 0 to 1, got true"),
    (config(task={"type": "worker", "index": 0.5}), "from 0 to 1, got 0.5"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_malformed_cluster_is_one_line(monkeypatch, text, message):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError) as error:
        distribution.strategy("multi_worker")
    assert str(error.value).startswith("TF_CONFIG ") and message in str(error.value)
    assert str(error.value).endswith(f"; it looks like {EXAMPLE}.")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["{}", config({"worker": ["a:1"]}, {"type": "worker", "index": 0})]
)
def test_a_cluster_of_one_worker_is_this_machine(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    strategy = distribution.strategy("multi_worker")
    assert type(strategy) is tf.distribute.MirroredStrategy
    assert distribution.is_chief(strategy) and not distribution.has_many_workers(strategy)


@pytest.fixture
def addresses():
    """Addresses of three ports of this machine that are free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return tuple(f"127.0.0.1:{port}" for port in ports)


def test_workers_wait_for_each_other(addresses):
    workers = [Cluster(addresses, index) for index in range(3)]
    threads = [threading.Thread(target=each.wait_for_all, args=(30,)) for each in workers]
    threads[0].start()
    threads[2].start()
    threads[0].join(0.5)
    assert threads[0].is_alive() and threads[2].is_alive()
    threads[1].start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_an_absent_worker_is_named(addresses):
    with pytest.raises(ConnectionError) as error:
        Cluster(addresses[:2], 1).wait_for_all(0.1)
    assert str(error.value) == (
        f"No worker at {addresses[0]} after 0.1 s; this one is {addresses[1]}. "
        "Start every worker of TF_CONFIG."
    )


def test_a_stranger_is_not_a_worker(addresses):
    me = Cluster(addresses[:2], 0)
    port = int(addresses[0].rpartition(":")[2])

    def call():
        for words in (b"GET / HTTP/1.0\r\n\r\n", b"tfgan_it worker 7\n", b"\xff" * 5000):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
                stranger.sendall(words)

    with socket.create_server(("127.0.0.1", int(addresses[1].rpartition(":")[2]))):
        threading.Timer(0.1, call).start()
        with pytest.raises(ConnectionError, match=addresses[1]):
            me.wait_for_all(1.0)


def test_a_port_in_use_is_named(addresses):
    port = addresses[0].rpartition(":")[2]
    with socket.create_server(("", int(port))), pytest.raises(ValueError) as error:
        Cluster(addresses[:2], 0).wait_for_all(1)
    assert str(error.value) == (
        f"Port {port} of this worker, {addresses[0]} in TF_CONFIG, cannot be opened: "
        "Address already in use."
    )
