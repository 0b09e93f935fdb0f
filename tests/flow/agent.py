"""The agent and its clients for flow tests: shikakud on a stand, HTTP with
Python's own client, server-sent events read as the standard says."""

import base64
import datetime
import http.client
import json
import os
import queue
import shutil
import subprocess
import threading
import time
import uuid

from stand import PIN, READER, Stand, program, wait_until

CONSENT = {"limit": True, "disease": True, "checkup": True, "drug": True,
           "diagnosis": True, "operation": True, "prescription": "paper"}
# 照合番号B of card p03: 昭和35年6月2日, and what is in its card.conf.
NUMBER_B = {"p03": "35060220300123"}
ENDS = ("done", "refused", "cancelled", "expired")


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        kind = headers.get("Content-Type", "")
        self.json = json.loads(body) if "json" in kind else None

    @property
    def code(self):
        if self.json and self.json.get("resourceType") == "OperationOutcome":
            return self.json["issue"][0]["details"]["coding"][0]["code"]
        return self.json.get("code") if self.json else None


class Client:
    """One client of the agent: a token and the address."""

    def __init__(self, agent, name, token):
        self.agent = agent
        self.name = name
        self.token = token

    def call(self, method, path, body=None, key=None, headers=None,
             timeout=20):
        head = {"Authorization": "Bearer " + self.token} if self.token else {}
        if method == "POST":
            head["Idempotency-Key"] = key or uuid.uuid4().hex
            if body is not None:
                head["Content-Type"] = "application/json"
        head.update(headers or {})
        head = {k: v for k, v in head.items() if v is not None}
        conn = http.client.HTTPConnection("127.0.0.1", self.agent.port,
                                          timeout=timeout)
        try:
            if not path.startswith("/metrics"):
                path = "/api/v1" + path
            conn.request(method, path, None if body is None else
                         json.dumps(body), head)
            got = conn.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            conn.close()

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def must(self, status, answer):
        if answer.status != status:
            raise AssertionError("%d instead of %d: %s" % (
                answer.status, status, answer.body[:2000]))
        return answer.json

    # -- a visit, step by step -------------------------------------------
    def visit(self, **ask):
        ask.setdefault("mode", "pin")
        key = uuid.uuid4().hex
        return self.must(201, wait_until(
            "an answer but 429", lambda: self.answered(self.post(
                "/visits", ask, key=key)), 30))["id"]

    def read(self, visit):
        """Polling by many at once meets the rate limit: then later."""
        got = wait_until("an answer but 429", lambda: self.answered(
            self.get("/visits/" + visit)), 30)
        return self.must(200, got)

    @staticmethod
    def answered(answer):
        if answer.status == 429:
            time.sleep(0.1)
            return None
        return answer

    def until(self, visit, *wanted, seconds=20):
        """Polls until it wants one of these, or is in one of these states."""
        def probe():
            v = self.read(visit)
            if v["wants"] in wanted or v["state"] in wanted:
                return v
            if v["state"] in ENDS:
                raise AssertionError("ended: %s" % json.dumps(
                    v, ensure_ascii=False)[:2000])
            return None
        return wait_until("visit wants %s" % (wanted,), probe, seconds)

    def do(self, visit, word, body=None, status=200, **more):
        more.setdefault("key", uuid.uuid4().hex)
        return self.must(status, wait_until(
            "an answer but 429", lambda: self.answered(self.post(
                "/visits/%s/%s" % (visit, word), body, **more)), 30))

    def enter(self, visit, pin=PIN):
        v = self.until(visit, "pin")
        return self.do(visit, "pin", {
            "pin": pin, "tries_left": v["tries_left"],
            "last_try": v["tries_left"] == 1})

    def agree(self, visit, consent=None):
        self.until(visit, "consent")
        self.do(visit, "consent", consent or CONSENT)
        self.until(visit, "confirmation")
        self.do(visit, "confirmation", {"confirmed": True})

    def whole(self, visit):
        """PIN to outcome; returns the visit as it was shown."""
        self.enter(visit)
        self.agree(visit)
        shown = self.until(visit, "closing")
        self.do(visit, "closing")
        self.until(visit, "done")
        return shown

    def events(self, last=None):
        return Events(self, last)

    # -- a face kiosk ----------------------------------------------------
    def evidence(self, visit, **other):
        """What a kiosk's engine says, signed by openssl with its key."""
        v = self.read(visit)
        e = {"engine": "test-engine-1", "score": "0.93", "threshold": "0.85",
             "liveness": "passed", "nonce": v["nonce"],
             "at": datetime.datetime.now(datetime.timezone.utc).strftime(
                 "%Y-%m-%dT%H:%M:%SZ")}
        e.update(other)
        text = "".join(line + "\n" for line in (
            "shikaku face evidence 1", visit, e["nonce"], e["engine"],
            e["score"], e["threshold"], e["liveness"], e["at"]))
        if "signature" not in e:
            e["signature"] = self.agent.sign(text, self.name)
        return e

    def face(self, visit, number):
        self.until(visit, "number_b")
        self.do(visit, "number-b", {"number": number})
        self.until(visit, "evidence")
        photo = self.get("/visits/%s/photo" % visit)
        if photo.status != 200 or not photo.body.startswith(b"\x89PNG"):
            raise AssertionError("no photograph: %d" % photo.status)
        self.do(visit, "evidence", self.evidence(visit))


class Events(threading.Thread):
    """A stream of server-sent events; next() hands them out in order."""

    def __init__(self, client, last=None):
        super().__init__(daemon=True)
        self.client = client
        self.last = last
        self.queue = queue.Queue()
        self.conn = http.client.HTTPConnection(
            "127.0.0.1", client.agent.port, timeout=60)
        head = {"Authorization": "Bearer " + client.token}
        if last is not None:
            head["Last-Event-ID"] = str(last)
        self.conn.request("GET", "/api/v1/events", headers=head)
        self.answer = self.conn.getresponse()
        if self.answer.status != 200:
            raise AssertionError("events: %d" % self.answer.status)
        self.sock = self.conn.sock or self.answer.fp.raw._sock
        self.start()

    def run(self):
        event = {}
        try:
            for raw in self.answer:
                line = raw.decode("utf-8").rstrip("\r\n")
                if line == "":
                    if "data" in event:
                        self.queue.put((int(event["id"]), event["event"],
                                        json.loads(event["data"])))
                    event = {}
                elif not line.startswith(":"):
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.queue.put(None)

    def next(self, seconds=20):
        got = self.queue.get(timeout=seconds)
        if got is not None:
            self.last = got[0]
        return got

    def until(self, probe, seconds=20):
        end = time.monotonic() + seconds
        seen = []
        while time.monotonic() < end:
            try:
                got = self.next(max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if got is None:
                break
            seen.append(got)
            if probe(got):
                return seen
        raise AssertionError("no such event among %s" % seen)

    def close(self):
        import socket
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.join(5)
        self.conn.close()


class AgentStand(Stand):
    """A stand with an agent and clients: kiosk-a at reader A …, desk, admin,
    monitor."""

    def __init__(self, readers=1, conf=None, csv=None):
        settings = {"api": {"port": "-1"}}
        for section, keys in (conf or {}).items():
            settings.setdefault(section, {}).update(keys)
        super().__init__(readers, settings, csv)
        self.port = 0
        self.clients = {}
        shutil.copy(self.root("test.cardca"), self.path("trust"))
        for i in range(readers):
            letter = "ABCDEFGH"[i]
            self.add_client("kiosk-" + letter.lower(), "kiosk", "--reader",
                            READER % letter)
        for role in ("desk", "admin", "monitor", "medical"):
            self.add_client(role, role)

    def add_client(self, name, role, *more):
        file = self.path(name + ".token")
        self.run("clients", "add", name, "--role", role, "--token-file",
                 file, *more, check=True)
        with open(file, encoding="ascii") as f:
            self.clients[name] = Client(self, name, f.read().strip())
        return self.clients[name]

    def face_key(self, name):
        """An Ed25519 key made by openssl, registered for the kiosk."""
        key, pub = self.path(name + ".key"), self.path(name + ".pub")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519",
                        "-out", key], check=True)
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out",
                        pub], check=True)
        self.run("clients", "key", name, "--key", pub, check=True)

    def sign(self, text, name):
        data = self.path(name + ".txt")
        with open(data, "w", encoding="ascii") as f:
            f.write(text)
        got = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin",
                              "-inkey", self.path(name + ".key"), "-in",
                              data], check=True, capture_output=True)
        return base64.b64encode(got.stdout).decode("ascii")

    def passcode(self, *args):
        got = self.run("passcodes", "issue", "--json", *args, check=True)
        return json.loads(got.stdout)["passcode"]

    def agent(self, *args):
        ready = self.path("agent-ready")
        if os.path.exists(ready):
            os.unlink(ready)
        log = open(self.path("agent.log"), "ab")
        proc = self.start(program("shikakud"), "--config",
                          self.path("shikaku.conf"), "--ready-file", ready,
                          *args, stderr=log)
        log.close()
        wait_until("agent ready", lambda: os.path.exists(ready) or
                   proc.poll() is not None)
        if proc.poll() is not None:
            with open(self.path("agent.log"), encoding="utf-8") as f:
                raise AssertionError("the agent ended with %s:\n%s" % (
                    proc.returncode, f.read()))
        with open(ready, encoding="ascii") as f:
            self.port = int(f.read())
        return proc

    def ready(self, name="kiosk-a"):
        """Until the kiosk's reader is there."""
        def probe():
            rows = self.clients[name].get("/readers").json["readers"]
            return rows and rows[0]["state"] == "ready"
        wait_until("reader of %s" % name, probe)
        return self.clients[name]
