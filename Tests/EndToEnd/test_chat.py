"""`plimsoll chat` in a terminal, as a person uses it."""

import os
import pty
import select
import time

from conftest import BINARY


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, *arguments):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execv(BINARY, [BINARY, *arguments])
        self.text = ""

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def expect(self, text, seconds=30):
        """Reads until `text` has come, and forgets everything up to it."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            assert select.select([self.descriptor], [], [], deadline - time.monotonic())[0], self.text
            self.text += os.read(self.descriptor, 65536).decode(errors="replace")
        self.text = self.text.split(text, 1)[1]

    def exit_status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_a_conversation_in_a_terminal(server):
    terminal = Terminal("chat", "--url", server.url, "--temperature", "0", "--max-tokens", "400")
    terminal.expect("Talking to ")
    terminal.expect("> ")
    terminal.send("The Golden Bird\n")
    terminal.expect("The Golden Bird\r\n")
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 1 or "> " in terminal.text)
    terminal.send("\x03")
    terminal.expect("\n> ")
    server.wait_for(lambda: server.metric("plimsoll_requests_running") == 0)
    terminal.send("\x03")
    terminal.expect("(Ctrl-D exits)")
    terminal.send("\x04")
    assert terminal.exit_status() == 0
