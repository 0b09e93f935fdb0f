"""Debian 12's vicc (vsmartcard-vpicc 3.3), which does not start by itself: its
modules lie where Python does not look, and want Crypto, which Debian calls
Cryptodome; and its relay speaks Python 2's strings.  What is on the line is
vicc's own.  Arguments are vicc's."""

import importlib
import runpy
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.append("/usr/lib/python3/site-packages/virtualsmartcard")
for name in ("", ".Cipher", ".Hash", ".PublicKey"):
    sys.modules["Crypto" + name] = importlib.import_module("Cryptodome" + name)


def mend_relay():
    relay = importlib.import_module("virtualsmartcard.cards.Relay").RelayOS
    atr, execute = relay.getATR, relay.execute
    relay.getATR = lambda self: atr(self).encode("latin-1")
    # It wants a list of numbers, made by ord() of each character.
    relay.execute = lambda self, msg: execute(
        self, msg.decode("latin-1")).encode("latin-1")
    session = importlib.import_module("smartcard").Session
    send = session.sendCommandAPDU
    session.sendCommandAPDU = lambda self, apdu: send(self, list(apdu))


if "relay" in sys.argv:
    mend_relay()
sys.argv[0] = shutil.which("vicc") or sys.exit("vicc is not installed")
runpy.run_path(sys.argv[0], run_name="__main__")
