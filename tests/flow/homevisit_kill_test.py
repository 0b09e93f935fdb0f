"""Programs killed and lines cut while home visits are made and delivered:
nothing is lost, nothing is there twice.  tests/bench/offline_kill.py is the
same, longer."""

import os
import random
import unittest

from homevisit import HomeStand, Torment

# A failure names it; SHIKAKU_SEED=… draws the same points again.
SEED = int(os.environ.get("SHIKAKU_SEED") or random.randrange(1 << 32))


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = HomeStand()
        cls.addClassCleanup(cls.stand.close)
        cls.stand.card("p03")
        cls.torment = Torment(cls.stand, devices=2, visits=3, seed=SEED)

    def test_1_killed_at_random_points(self):
        with self.subTest(seed=SEED):
            self.torment.run({"visit": 3, "deliver": 3, "agent": 1,
                              "cut": 3})
            self.assertGreaterEqual(self.torment.judge(), 6)

    def cut(self, up, offsets):
        """One record each, its line cut so many bytes before the end of a
        whole delivery; then whether it was at the desk, and on the device."""
        torment, proxy = self.torment, self.stand.proxy
        folder = torment.folders[0]
        torment.make(folder)
        proxy.passed[up] = 0
        torment.deliver(folder)
        whole = proxy.passed[up]
        seen = set()
        for offset in offsets:
            torment.make(folder)
            proxy.budget[up] = whole - offset
            self.stand.device(folder, "deliver")
            proxy.budget[up] = None
            waits = len(self.stand.must(folder, "queue")["waiting"])
            filed = self.stand.ask_store("SELECT COUNT(*) FROM record")[0][0]
            made = sum(len(m) for m in torment.made.values())
            self.assertGreaterEqual(waits + filed, made, "one is lost")
            seen.add((filed == made, waits == 1))
            torment.deliver(folder)
            torment.judge()
        return seen

    def test_2_the_answer_is_lost(self):
        """The agent has it, the device does not know: known, not refused."""
        with self.subTest(seed=SEED):
            self.assertIn((True, True), self.cut(False, range(10, 130, 12)))

    def test_3_the_record_is_cut(self):
        with self.subTest(seed=SEED):
            self.assertIn((False, True), self.cut(True,
                                                  range(40, 2000, 300)))


if __name__ == "__main__":
    unittest.main()
