"""Hostile clients of the agent: refused or held, and others unaffected.  After
each of them a kiosk's visit goes from PIN to outcome."""

import json
import resource
import socket
import threading
import unittest

from agent import AgentStand
from stand import StandCase, wait_until

HEAVY = 100 * 1024 * 1024       # bytes; the 100 MB
CROWD = 1000                    # connections; the issue's


class Hostile(StandCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE,
                           (min(hard, max(soft, 4 * CROWD)), hard))
        cls.stand = s = AgentStand(1)
        cls.addClassCleanup(cls.stand.close)
        cls.parts = [s.card(), s.terminal(), s.agent()]
        cls.kiosk = s.ready()

    def tearDown(self):
        """The parts stay for the next test; others are unaffected."""
        shown = self.kiosk.whole(self.kiosk.visit())
        self.assertEqual(shown["status"]["word"], "valid")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.stand.port), 20)

    def raw(self, text, more=b""):
        """One connection, these bytes; the answer until it closes."""
        with self.connect() as s:
            s.sendall(text.encode("latin-1") + more)
            s.shutdown(socket.SHUT_WR)
            got = b""
            while chunk := s.recv(65536):
                got += chunk
        return got

    def refusal(self, got):
        head, _, body = got.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        self.assertIn(b"application/problem+json", head)
        return status, json.loads(body)["code"]

    def ask(self, **headers):
        return self.kiosk.get("/client", headers=headers)

    def host(self):
        return "127.0.0.1:%d" % self.stand.port

    # -- who asks ---------------------------------------------------------
    def test_page_of_a_foreign_origin(self):
        for origin in ("https://evil.example", "null", "http://127.0.0.1",
                       "http://127.0.0.1:1",
                       "http://localhost.evil.example"):
            with self.subTest(origin=origin):
                got = self.ask(Origin=origin)
                self.assertEqual((got.status, got.code), (403, "BAD_ORIGIN"))
                self.assertNotIn("Access-Control-Allow-Origin", got.headers)
        self.assertEqual(self.ask(Origin="http://" + self.host()).status, 200)

    def test_wrong_host(self):
        for host in ("evil.example", "127.0.0.1", "127.0.0.1:1",
                     "127.0.0.1.evil.example:%d" % self.stand.port,
                     self.host() + ".", "x@" + self.host(), ""):
            with self.subTest(host=host):
                got = self.ask(Host=host)
                self.assertEqual((got.status, got.code), (403, "BAD_HOST"))

    def test_token(self):
        for token in (None, "Bearer " + "A" * 43, "Basic QTpC", "Bearer ",
                      "Bearer " + self.kiosk.token[:-1]):
            with self.subTest(token=token and token[:8]):
                got = self.ask(Authorization=token)
                self.assertIn(got.status, (400, 401))
        got = self.kiosk.get("/client?token=" + self.kiosk.token,
                             headers={"Authorization": None})
        self.assertEqual((got.status, got.code), (401, "NO_TOKEN"))

    def test_kiosk_on_the_desks_paths(self):
        for path in ("/visits", "/patients?name=x", "/requests", "/results",
                     "/clients", "/passcodes"):
            with self.subTest(path=path):
                got = self.kiosk.get(path)
                self.assertEqual((got.status, got.code),
                                 (403, "NOT_ALLOWED"))

    # -- how much ---------------------------------------------------------
    def test_body_of_100_mb(self):
        got = self.raw("POST /api/v1/visits HTTP/1.1\r\nHost: %s\r\n"
                       "Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
                       "Content-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n" % (
                           self.host(), self.kiosk.token, "k" * 8, HEAVY))
        self.assertEqual(self.refusal(got)[0], 413)

    def test_body_of_100_mb_that_is_sent(self):
        """The agent closes; it never holds what comes."""
        before = self.memory()
        with self.connect() as s:
            s.sendall(("POST /api/v1/visits HTTP/1.1\r\nHost: %s\r\n"
                       "Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
                       "Content-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n" % (
                           self.host(), self.kiosk.token, "k" * 8, HEAVY)
                       ).encode())
            sent = 0
            try:
                while sent < HEAVY:
                    sent += s.send(b"x" * 65536)
            except OSError:
                pass
        self.assertLess(sent, HEAVY)
        self.assertLess(self.memory() - before, 16 * 1024)

    def memory(self):
        """Resident KiB of the agent."""
        with open("/proc/%d/status" % self.parts[2].pid,
                  encoding="ascii") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0

    # -- how slow ---------------------------------------------------------
    def test_slow_client(self):
        """Held, and then closed by the agent's own clock; a visit runs to
        its end meanwhile."""
        with self.connect() as s:
            s.sendall(b"GET /api/v1/client HTTP/1.1\r\nHost: ")
            shown = self.kiosk.whole(self.kiosk.visit())
            self.assertEqual(shown["status"]["word"], "valid")
            s.settimeout(30)
            while s.recv(65536):
                pass

    def test_thousand_open_connections(self):
        crowd = []
        try:
            for _ in range(CROWD):
                try:
                    crowd.append(self.connect())
                except OSError:
                    break
            self.assertGreater(len(crowd), CROWD // 2)
            shown = self.kiosk.whole(self.kiosk.visit())
            self.assertEqual(shown["status"]["word"], "valid")
            desk = self.stand.clients["desk"]
            self.assertGreaterEqual(desk.get("/visits").json["total"], 1)
        finally:
            for s in crowd:
                s.close()
        wait_until("the crowd is gone", lambda: self.kiosk.get(
            "/client").status == 200)

    def test_guessing_codes(self):
        answers = []

        def guess(i):
            answers.append(self.stand.clients["admin"].call(
                "POST", "/tokens", {"code": "AAAAA-AAA%02d" % i},
                headers={"Authorization": None, "Idempotency-Key": None}))
        threads = [threading.Thread(target=guess, args=(i,))
                   for i in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        codes = [a.code for a in answers]
        self.assertEqual(codes.count("CODE"), 5, codes)
        self.assertEqual(codes.count("TOO_MANY"), 7, codes)


if __name__ == "__main__":
    unittest.main()
