"""A small server on a real socket that speaks OpenAI's chat completions and says what a test has it say."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Chat:
    """What the server is to say, and what it was asked."""

    def __init__(self):
        self.reply = lambda prompt: ""
        self.status = 200
        self.streams = True
        self.raw = None
        self.silent = False
        self.size = 7
        self.field = "content"
        self.url = ""
        self.asked = []
        self.headers = []
        self.written = threading.Semaphore(10_000)
        self.stopped = threading.Event()
        self.left = threading.Event()


def handler_of(chat):
    """The handler of a server that says what ``chat`` has it say."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            chat.asked.append(body)
            chat.headers.append(dict(self.headers))
            if chat.silent:
                chat.stopped.wait(20)
                return
            streams = chat.streams and chat.status == 200
            self.send_response(chat.status)
            self.send_header("content-type", "text/event-stream" if streams else "application/json")
            self.end_headers()
            try:
                for piece in answer(chat, chat.reply(body["messages"][-1]["content"]), streams):
                    self.wfile.write(piece)
                    self.wfile.flush()
            except ConnectionError:
                chat.left.set()

    return Handler


def answer(chat, text, streams):
    """The bytes of an answer, in the pieces in which they go out."""
    if chat.raw is not None:
        yield chat.raw
    elif not streams:
        yield json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    else:
        for start in range(0, len(text), chat.size):
            chat.written.acquire(timeout=20)
            chunk = {"choices": [{"delta": {chat.field: text[start : start + chat.size]}}]}
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        yield b"data: [DONE]\n\n"


@contextmanager
def chat_server():
    """Run a server for as long as the block lasts."""
    chat = Chat()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(chat))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield chat
    finally:
        chat.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
