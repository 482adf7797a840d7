"""What the servers of the tests have in common: a directory of their own, and an end with the test."""
import json
import os
import shutil
import signal
import sys
import tempfile


MADE = []


def directory():
    """A new directory, which goes when the server is told to end."""
    made = tempfile.mkdtemp(prefix="openloom-test-", dir="/tmp")
    MADE.append(made)
    signal.signal(signal.SIGTERM, lambda *_: end(made))
    return made


def tell(**facts):
    """Says that the server is ready, and what its clients have to know."""
    print(json.dumps({"directory": MADE[0], **facts}), flush=True)


def wait(path):
    """Ends the server when its standard input ends: whoever started it has no more use of it, or is gone."""
    sys.stdin.read()
    end(path)


def end(path):
    shutil.rmtree(path, ignore_errors=True)
    os._exit(0)
