"""Starting, draining, stopping."""

import json
import signal
import socket
import subprocess

from conftest import BINARY, ROOT, is_listening
from test_load import open_request


def test_sigterm_lets_running_streams_finish(start):
    server = start()
    body = json.dumps({"prompt": "Once", "max_tokens": 300, "ignore_eos": True, "stream": True})
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(
        f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n\r\n{body}".encode())
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 1)
    server.process.send_signal(signal.SIGTERM)
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"[DONE]" in answer and answer.count(b"data: ") > 250
    assert server.process.wait(timeout=60) == 0


def test_a_second_sigterm_exits_at_once(start):
    server = start()
    connection = open_request(server, True)
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 1)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for(lambda: not is_listening(server.port))
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) == -signal.SIGTERM
    connection.close()


def run(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)


def test_a_model_that_is_not_there_is_said_in_one_line():
    result = run("serve", "/no/such/model")
    assert result.returncode != 0 and "/no/such/model" in result.stderr


def test_inspect_prints_the_module_table():
    result = run("inspect", "--json")
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)["modules"]
    identifiers = {row["id"] for row in rows}
    assert {"embed", "layers.0.attention", "layers.0.experts.15"} <= identifiers


def test_chat_streams_an_answer(server):
    result = subprocess.run(
        [BINARY, "chat", "--url", server.url], input="The Golden Bird\n", capture_output=True,
        text=True, timeout=120)
    assert result.returncode == 0 and len(result.stdout) > 40, result.stderr
