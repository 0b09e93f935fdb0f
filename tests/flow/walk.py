"""A stand with an agent all of whose answers are held to openapi.yaml, for
the tests that walk through it."""

import http.client
import json
import secrets
import socket
import unittest

from agent import AgentStand, Answer, Client
from device import attach
from openapi import Api
from stand import READER, free_port

API = Api()
ROLES = ("kiosk", "desk", "medical", "admin", "monitor")
STAFF = "受付01"


class UnixClient(Client):
    """Over the unix socket, whose connections have a limit of their own; every
    answer is held to the description, and kept."""

    def raw(self, method, path, body=None, **fields):
        """One request as it stands; fields: names with _ for -."""
        head = {"Host": "localhost", "Connection": "close"}
        if self.token:
            head["Authorization"] = "Bearer " + self.token
        if body is not None:
            head["Content-Type"] = "application/json"
            head["Content-Length"] = str(len(body))
        head.update((k.replace("_", "-"), v) for k, v in fields.items())
        text = "%s %s HTTP/1.1\r\n" % (method, path) + "".join(
            "%s: %s\r\n" % row for row in head.items() if row[1] is not None)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(self.agent.path("api.sock"))
            # The server may have refused the head before the body came.
            try:
                sock.sendall(text.encode() + b"\r\n" + (body or b""))
            except BrokenPipeError:
                pass
            got = http.client.HTTPResponse(sock, method=method)
            got.begin()
            streams = got.getheader("Content-Type") == "text/event-stream"
            answer = Answer(got.status, dict(got.getheaders()),
                            b"" if streams else got.read())
        return self.kept(method, path, answer)

    def kept(self, method, path, answer):
        op = API.find(method, path)
        API.check(op, answer)
        if op is not None and answer.status < 400:
            self.agent.answered.add(op.id)
        self.agent.answers.append((op.id if op else None, answer.body))
        return answer

    def call(self, method, path, body=None, key=None, headers=None,
             timeout=20):
        fields = dict(headers or {})
        if method == "POST":
            fields["Idempotency-Key"] = key or secrets.token_hex(16)
        if not path.startswith("/metrics"):
            path = "/api/v1" + path
        return self.raw(method, path, None if body is None else
                        json.dumps(body).encode(), **fields)


class WalkStand(AgentStand):
    """kiosk-a has the reader, kiosk-b none; tablet is for home visits, and
    bedside has a reader at whose device the PIN is entered."""

    def __init__(self):
        self.answered = set()
        self.answers = []
        self.link = free_port()
        self.device = None
        super().__init__(1, {
            "devices": {"listen": "127.0.0.1:%d" % self.link},
            "api": {"socket": "api.sock"}, "pin": {"text_pin": "ask"},
            "face": {"folder": "face"}, "log": {"level": "debug"}})
        self.face_key("kiosk-a")
        self.add_client("kiosk-b", "kiosk")
        self.add_client("tablet", "kiosk", "--home", "--reader", READER % "A")
        self.device, reader = attach(self)
        self.add_client("bedside", "kiosk", "--reader", reader)
        self.clients["kiosk"] = self.clients["kiosk-a"]
        self.nobody = UnixClient(self, "nobody", None)

    def add_client(self, name, role, *more):
        client = super().add_client(name, role, *more)
        self.clients[name] = UnixClient(self, name, client.token)
        return self.clients[name]

    def close(self):
        if self.device is not None:
            self.device.close()
        super().close()

    def log(self):
        with open(self.path("agent.log"), encoding="utf-8") as f:
            return f.read()


class Walk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = WalkStand()
        cls.addClassCleanup(cls.stand.close)
        cls.stand.terminal()
        cls.agent = cls.stand.agent()
        cls.kiosk = cls.stand.ready()

    @classmethod
    def tearDownClass(cls):
        status = cls.stand.stop(cls.agent)
        if status != 0:
            raise AssertionError("the agent ended with %d:\n%s" % (
                status, cls.stand.log()[-4000:]))

    def client(self, name):
        return self.stand.clients[name]

    def refused(self, answer, status, code="BAD_REQUEST"):
        self.assertEqual((answer.status, answer.code), (status, code),
                         answer.body)
