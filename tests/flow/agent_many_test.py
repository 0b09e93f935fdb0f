"""Many at once: two kiosks and eight more, one of them a tablet whose reader
is attached over a link socket, a desk that watches; ten visits in parallel.
"""

import os
import queue
import threading
import time
import unittest

from agent import AgentStand
from stand import READER, StandCase, program, wait_until

# Ten cards and whose they are; the tenth is another card of the first person.
PEOPLE = [("p03", "資格　一郎"), ("p02", "ききょう　髙子"),
          ("p05", "資格　五郎"), ("p07", "資格　七夫"),
          ("p09", "扶助　七郎"), ("p10", "扶助　三葉"),
          ("p11", "資格　十六郎"), ("p12", "資格　十二郎"),
          ("p13", "生保　患者"), ("expires-soon", "資格　一郎")]


def same(answer, person):
    """The system shows a mark for a glyph it does not have."""
    return len(answer) == len(person) and all(
        a in (p, "●") for a, p in zip(answer, person))


class Many(StandCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(8)
        cls.addClassCleanup(cls.stand.close)

    def second_slot(self, letter):
        """The reader's other slot, on the port after its own."""
        s = self.stand
        s.env["PORT_%s1" % letter] = str(int(s.env["PORT_" + letter]) + 1)
        return (READER % letter).replace("00", "01")

    def attach(self, letter):
        """A tablet's reader: a program of its own behind a socket."""
        s = self.stand
        path = s.path("tablet.sock")
        s.start(program("shikaku-reader"), "--listen", path,
                self.second_slot(letter))
        wait_until("reader socket", lambda: os.path.exists(path))
        return "link:" + path

    def clients(self):
        s = self.stand
        names = ["kiosk-" + c for c in "abcdefgh"]
        s.add_client("kiosk-i", "kiosk", "--reader", self.second_slot("A"))
        s.add_client("tablet", "kiosk", "--home", "--reader",
                     self.attach("B"))
        return names + ["kiosk-i", "tablet"]

    def put_cards(self):
        slots = list("ABCDEFGH") + ["A1", "B1"]
        for (card, _), slot in zip(PEOPLE, slots):
            self.stand.card(card, reader=slot)

    @staticmethod
    def again(client, last):
        """A stream from there on; the rate limit puts it off."""
        def probe():
            try:
                return client.events(last=last)
            except AssertionError:
                time.sleep(0.1)
                return None
        return wait_until("a stream", probe)

    def watch(self, client, reconnects, seen, enough):
        """Collects events by id; cuts its own line now and then."""
        stream = self.again(client, 0)
        n = 0
        while not enough.is_set():
            try:
                got = stream.next(0.2)
            except queue.Empty:
                continue
            if got is None:
                stream = self.again(client, stream.last or 0)
                continue
            seen.append(got[0])
            n += 1
            if reconnects and n % 7 == 0:
                stream.close()
                while stream.queue.qsize():
                    stream.queue.get()
                stream = self.again(client, seen[-1])
        stream.close()

    def one(self, name, shown, wrong):
        try:
            client = self.stand.clients[name]
            mode = "home" if name == "tablet" else "pin"
            visit = client.visit(mode=mode)
            client.enter(visit)
            client.agree(visit)
            # The register has no sex for one of them: the desk decides.
            v = client.until(visit, "closing", "unmatched", seconds=60)
            if v["state"] == "unmatched":
                client = self.stand.clients["desk"]
                client.do(visit, "patient", {"chart_number": "23",
                                             "staff": "受付01"})
                v = client.until(visit, "closing", seconds=60)
            shown[name] = v
            client.do(visit, "closing")
            client.until(visit, "done")
        except Exception as e:  # told by the main thread
            wrong.append("%s: %s" % (name, e))

    def test_ten_at_once(self):
        s = self.stand
        names = self.clients()
        code = s.passcode()
        self.put_cards()
        s.terminal()
        s.agent()
        for name in names:
            s.ready(name)
        s.clients["tablet"].must(200, s.clients["tablet"].post(
            "/client/unlock", {"passcode": code, "purpose": "home_visit",
                               "staff": "看護01"}))
        steady, broken, enough = [], [], threading.Event()
        watchers = [threading.Thread(target=self.watch, args=(
            s.clients[who], cut, seen, enough)) for who, cut, seen in (
                ("admin", False, steady), ("desk", True, broken))]
        shown, wrong = {}, []
        visits = [threading.Thread(target=self.one, args=(n, shown, wrong))
                  for n in names]
        for t in watchers + visits:
            t.start()
        for t in visits:
            t.join(120)
        self.assertEqual(wrong, [])
        for name, (_, person) in zip(names, PEOPLE):
            self.assertEqual(shown[name]["patient"]["name"], person, name)
            for record in shown[name]["result"]["records"]:
                self.assertTrue(same(record["Name"], person), name)
        rows = s.clients["desk"].get("/visits").json
        self.assertEqual(rows["total"], 10)
        wait_until("both streams", lambda: steady and broken and
                   steady[-1] == broken[-1])
        enough.set()
        for t in watchers:
            t.join(20)
        # None lost, none twice, in order; with and without broken lines.
        self.assertEqual(broken, sorted(set(broken)))
        self.assertEqual(broken, steady)
        self.assertGreaterEqual(len(steady), 100)
        for slot in list("ABCDEFGH") + ["A1", "B1"]:
            self.assertEqual(s.count(slot)["verify"]["0018"], 1, slot)


if __name__ == "__main__":
    unittest.main()
