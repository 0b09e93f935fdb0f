"""Programs killed and lines cut while home visits are made and delivered:
nothing is lost, nothing is there twice.  tests/bench/offline_kill.py is the
same, longer."""

import unittest

from homevisit import HomeStand, Torment


class Kill(unittest.TestCase):
    def test_killed_at_random_points(self):
        stand = HomeStand()
        self.addCleanup(stand.close)
        stand.card("p03")
        torment = Torment(stand, devices=2, visits=3, seed=None)
        torment.run({"visit": 3, "deliver": 3, "agent": 1, "cut": 3})
        self.assertGreaterEqual(torment.judge(), 6)


if __name__ == "__main__":
    unittest.main()
