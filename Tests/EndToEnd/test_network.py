"""Encryption and keys, as an administrator sets them up."""

import json
import shutil
import socket
import ssl
import subprocess

import pytest

from conftest import is_listening


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls_and_a_key_file(start, tmp_path):
    certificate, key, keys = tmp_path / "certificate.pem", tmp_path / "key.pem", tmp_path / "keys"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", certificate], check=True, capture_output=True)
    keys.write_text("# one per line\nsecret\n")
    server = start("--tls-certificate", certificate, "--tls-key", key, "--api-key-file", keys, ready=False)
    server.wait_for(lambda: is_listening(server.port))
    context = ssl.create_default_context(cafile=certificate)

    def request(path, headers="", body=None):
        with socket.create_connection(("127.0.0.1", server.port)) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as secure:
            method = "POST" if body else "GET"
            secure.sendall((f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}"
                            f"Content-Length: {len(body or '')}\r\n\r\n{body or ''}").encode())
            answer = b"".join(iter(lambda: secure.recv(65536), b"")).decode()
        return int(answer.split(" ", 2)[1]), answer

    server.wait_for(lambda: request("/ready")[0] == 200)
    assert request("/v1/models")[0] == 401
    assert request("/v1/models", "Authorization: Bearer wrong\r\n")[0] == 401
    assert request("/v1/models", "Authorization: Bearer secret\r\n")[0] == 200
    body = json.dumps({"prompt": "Once", "max_tokens": 5, "stream": True})
    status, answer = request("/v1/completions", "Authorization: Bearer secret\r\n", body)
    assert status == 200 and "data: [DONE]" in answer

    # A client that goes away behind TLS is noticed too.
    plain = socket.create_connection(("127.0.0.1", server.port))
    secure = context.wrap_socket(plain, server_hostname="localhost")
    body = json.dumps({"prompt": "Once", "max_tokens": 1800, "ignore_eos": True})
    secure.sendall((f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}").encode())

    def running():
        lines = request("/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("plimsoll_requests_running"))

    server.wait_for(lambda: running() == 1)
    secure.close()
    server.wait_for(lambda: running() == 0, seconds=5)
    server.stop()
