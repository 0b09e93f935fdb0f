"""The card is pulled at every command in turn, before it and in the middle of
its answer: a clean error, never a second VERIFY, and the next visit works."""

import unittest

from stand import StandCase

CARD, READER = 51, 50
MODES = ("--pull-at", "--pull-half-at", "--pull-lost-at", "--pull-torn-at")


class Pull(StandCase):
    def commands(self):
        card = self.stand.card("p03")
        code, visit, said = self.stand.check()
        self.assertEqual(code, 0, said)
        self.stand.stop(card)
        return visit["apdus"] + visit["attributes_apdus"]

    def pulled(self, mode, at):
        card = self.stand.card("p03", mode, str(at))
        code, visit, said = self.stand.check()
        seen = self.stand.count()
        self.stand.stop(card)
        self.assertEqual(code, CARD, said)
        self.assertIn(visit["state"], ("cancelled", "refused"))
        self.assertIsNone(visit["request"])
        self.assertIsNone(visit["result"])
        self.assertIsNone(visit["identity"]["attributes"])
        self.assertIsNone(visit["consent"]["confirmed_at"])
        self.assertNotEqual(visit["error"]["next"], "")
        for pin in ("0018", "0011"):
            self.assertLessEqual(seen["verify"].get(pin, 0), 1)
        self.assertEqual(seen["forbidden"], 0)
        self.assertEqual(seen["apdus"], at)

    def works(self):
        card = self.stand.card("p05")
        code, visit, said = self.stand.check()
        self.stand.stop(card)
        self.assertEqual(code, 0, said)
        self.assertEqual(visit["identity"]["attributes"]["name"], "資格　五郎")

    def test_every_command_in_every_way(self):
        self.stand.terminal()
        last = self.commands()
        self.assertGreater(last, 15)
        for mode in MODES:
            for at in range(1, last + 1):
                with self.subTest(mode=mode, at=at):
                    self.pulled(mode, at)
                    self.works()


if __name__ == "__main__":
    unittest.main()
