"""Many clients at once, and clients that go away."""

import asyncio
import json
import socket

STREAMS = 500


async def stream_tale(port, index):
    """One streaming completion over a socket of its own; the number of data events and the finish reason."""
    body = json.dumps({
        "prompt": f"Tale number {index}", "max_tokens": 16, "temperature": 1, "seed": index,
        "stream": True, "ignore_eos": True, "stream_options": {"include_usage": True}})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 200"), answer[:300]
    events = [line[6:] for line in answer.split("\r\n") for line in line.split("\n")
              if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    return json.loads(events[-2])["usage"]["completion_tokens"]


def test_500_concurrent_streams_and_none_is_dropped(server):
    async def all_streams():
        return await asyncio.gather(*(stream_tale(server.port, index) for index in range(STREAMS)))

    assert asyncio.run(all_streams()) == [16] * STREAMS
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 0)


def open_request(server, stream):
    """Sends a long completion request and returns the socket without reading the answer."""
    body = json.dumps({"prompt": "Once", "max_tokens": 1800, "ignore_eos": True, "stream": stream})
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(
        f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        .encode())
    return connection


def test_a_client_that_goes_away_frees_its_blocks(server):
    for stream in (True, False):
        finished = server.metric("plimsoll_generation_tokens_total")
        connections = [open_request(server, stream) for _ in range(4)]
        server.wait_for(lambda: server.metric("plimsoll_requests_running") == 4)
        for connection in connections:
            connection.close()
        server.wait_for(lambda: server.metric("plimsoll_requests_running") == 0)
        assert server.metric("plimsoll_generation_tokens_total") - finished < 4 * 1800
        assert server.metric("plimsoll_kv_cache_usage_ratio") == 0


def test_health_answers_while_the_engine_is_busy(server):
    connections = [open_request(server, True) for _ in range(8)]
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 8)
    for path in ("/health", "/ready", "/metrics", "/version"):
        assert server.request("GET", path)[0] == 200
    for connection in connections:
        connection.close()
