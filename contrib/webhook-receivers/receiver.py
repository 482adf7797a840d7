#!/usr/bin/env python3
"""Receives openloom's webhooks, checks them, and prints a line for each event, once.

usage: WEBHOOK_SECRET=whsec_... receiver.py [PORT]

Needs nothing but Python 3.8. Prints "listening on PORT" when it is ready; port 0 takes any.
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

LONGEST = 1 << 20  # bytes of a body; openloom sends at most 20,000
TOLERANCE = 5 * 60  # seconds that an attempt may be old, as Standard Webhooks says
REMEMBERED = 10_000  # ids of deliveries that were taken

secret = os.environ.get("WEBHOOK_SECRET", "")
if not secret:
    sys.exit("set WEBHOOK_SECRET to the secret of the endpoint")
key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()

taken = OrderedDict()
lock = Lock()


def problem(headers, body):
    """What is wrong with a request; None if it is from openloom, unchanged and new enough."""
    number, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not number or not stamp.isdigit():
        return "webhook-id or webhook-timestamp is missing"
    if abs(time.time() - int(stamp)) > TOLERANCE:
        return "it is too old, or from the future"
    signed = b".".join([number.encode(), stamp.encode(), body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    for signature in headers.get("webhook-signature", "").split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), expected.encode()):
            return None
    return "no signature fits"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LONGEST:
            self.close_connection = True
            return self.answer(413, "too large, or no Content-Length")
        body = self.rfile.read(int(length))
        wrong = problem(self.headers, body)
        if wrong:
            return self.answer(401, wrong)
        number = self.headers["webhook-id"]
        with lock:
            if number in taken:
                return self.answer(200, "taken before")
            event = json.loads(body)
            # Your work goes here. It is done once an answer of 2xx has been sent; anything else is sent again.
            print(event["store_version"], event["event"], event["task_id"], event["task_name"], flush=True)
            taken[number] = True
            while len(taken) > REMEMBERED:
                taken.popitem(last=False)
        self.answer(200, "taken")

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
print("listening on", server.server_address[1], flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
