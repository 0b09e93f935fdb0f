"""Home visits without a network, for flow tests and benches: an agent where
devices dial, and devices whose reader is the one of the stand."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading

from agent import AgentStand
from stand import PIN, READER, program, free_port

STAFF = "訪問 花子"


class Proxy:
    """A line between device and agent that can be cut at a byte."""

    def __init__(self, port):
        self.target = port
        self.budget = None          # bytes to the agent until it is cut
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            for pair in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.pump, args=pair,
                                 daemon=True).start()

    def pump(self, source, sink, counts):
        try:
            while True:
                data = source.recv(4096)
                if not data:
                    break
                if counts and self.budget is not None:
                    data = data[:max(self.budget, 0)]
                    self.budget -= len(data)
                    sink.sendall(data)
                    if self.budget <= 0:
                        break
                else:
                    sink.sendall(data)
        except OSError:
            pass
        for sock in (source, sink):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()

    def close(self):
        self.server.close()


class HomeStand(AgentStand):
    """An agent, one reader, and devices in folders."""

    def __init__(self, readers=1, devices=None):
        self.link = free_port()
        conf = {"listen": "127.0.0.1:%d" % self.link}
        conf.update(devices or {})
        super().__init__(readers, {"devices": conf})
        self.proxy = Proxy(self.link)
        self.start_agent()

    def start_agent(self):
        self.running = self.agent()

    def kill_agent(self):
        self.running.kill()
        self.running.wait()
        self.procs.remove(self.running)

    def enrol(self, name):
        """A device that dials through the proxy; its folder."""
        folder = self.path("device-" + name)
        text = json.loads(self.run("devices", "invite", name, "--json",
                                   check=True).stdout)["text"]
        got = self.device(folder, "enrol", "127.0.0.1:%d" % self.proxy.port,
                          text)
        if got.returncode != 0:
            raise AssertionError("enrol: " + got.stderr)
        # With the roots of the clinic, as an administrator copies them.
        shutil.copytree(self.path("trust"), os.path.join(folder, "trust"))
        shutil.copy(self.root("test.cardca"), os.path.join(folder, "trust"))
        return folder

    @staticmethod
    def command(folder, word, *args):
        return [program("shikaku-reader"), word, "--folder", folder, *args]

    def device(self, folder, word, *args, stdin="", timeout=60):
        return subprocess.run(self.command(folder, word, *args), env=self.env,
                              cwd=self.dir, input=stdin, text=True,
                              capture_output=True, timeout=timeout,
                              check=False)

    def must(self, folder, word, *args, **more):
        got = self.device(folder, word, "--json", *args, **more)
        if got.returncode != 0:
            raise AssertionError("%s: %d\n%s" % (word, got.returncode,
                                                 got.stderr))
        return json.loads(got.stdout)

    @staticmethod
    def visit_args(*args, reader=READER % "A"):
        return ("--test", "--staff", STAFF, "--consent", "all",
                "--pin-stdin", "--json", *args, reader)

    def visit(self, folder, *args, stdin=PIN + "\n"):
        return self.device(folder, "visit", *self.visit_args(*args),
                           stdin=stdin)

    def killed(self, argv, after, stdin=""):
        """Starts it and kills it so many seconds later; 1 if it was alive."""
        proc = subprocess.Popen(argv, env=self.env, cwd=self.dir,
                                stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        proc.stdin.write(stdin.encode())
        proc.stdin.close()
        try:
            proc.wait(timeout=after)
            return 0
        except subprocess.TimeoutExpired:
            proc.send_signal(signal.SIGKILL)
            proc.wait()
            return 1

    def ask_store(self, query, *values):
        db = sqlite3.connect(self.path("shikaku.db"), timeout=20)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    def stop_all_cards(self):
        for proc in list(self.cards):
            self.stop(proc)

    def close(self):
        self.proxy.close()
        super().close()
