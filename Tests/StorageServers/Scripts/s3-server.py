#!/usr/bin/python3
"""A real S3-compatible server for tests: OpenStack Swift with its s3api, all of it in this process.

s3-server.py SECRET_KEY BUCKET...

A BUCKET may be followed by =PREFIX:COUNT; then it has so many objects named PREFIX0.md and so on, which can be listed.
The access key is `test:tester`. Signatures (AWS4-HMAC-SHA256) are verified, clocks are compared, the region is us-east-1.
"""
import array
import glob
import os
import sys

import eventlet
import served

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import ring, storage_policy, utils  # noqa: E402
from swift.common.utils import mkdirs  # noqa: E402


def listen():
    return eventlet.listen(("127.0.0.1", 0), backlog=256)


def main(secret, *buckets):
    root = served.directory()
    # Swift's own configuration directory is not ours.
    utils.SWIFT_CONF_FILE = os.path.join(root, "swift.conf")
    utils.HASH_PATH_PREFIX, utils.HASH_PATH_SUFFIX = b"", b"test"
    with open(utils.SWIFT_CONF_FILE, "w") as file:
        file.write("[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = one\ndefault = yes\n")
    storage_policy.SWIFT_CONF_FILE = utils.SWIFT_CONF_FILE
    storage_policy.reload_storage_policies()
    mkdirs(os.path.join(root, "devices/sda"))

    settings = {
        "devices": os.path.join(root, "devices"), "swift_dir": root, "mount_check": "false", "workers": "0",
        "fallocate_reserve": "0", "disable_fallocate": "true", "bind_ip": "127.0.0.1", "log_level": "ERROR",
    }
    from swift.account.server import AccountController
    from swift.container.server import ContainerController
    from swift.obj.server import ObjectController

    # The port of one server stands in the ring that the others read, so all of them listen first.
    sockets = {name: listen() for name in ("account", "container", "object")}
    for name, socket in sockets.items():
        device = {
            "id": 0, "region": 1, "zone": 1, "device": "sda", "ip": "127.0.0.1", "port": socket.getsockname()[1],
            "replication_ip": "127.0.0.1", "replication_port": socket.getsockname()[1], "weight": 1, "meta": "",
        }
        ring.RingData([array.array("H", [0])], [device], 32).save(os.path.join(root, f"{name}.ring.gz"))
    applications = {"account": AccountController, "container": ContainerController, "object": ObjectController}
    for name, application in applications.items():
        eventlet.spawn(serve, sockets[name], application(settings))

    with open(os.path.join(root, "proxy.conf"), "w") as file:
        file.write(PROXY.format(root=root, secret=secret))
    from swift.common.wsgi import loadapp

    proxy = loadapp(os.path.join(root, "proxy.conf"), global_conf={"log_level": "ERROR"})
    socket = listen()
    # Of this eventlet, an answer to HEAD without a length has the end of a body behind it: nothing may follow it.
    eventlet.spawn(serve, socket, proxy, keepalive=False)
    port = socket.getsockname()[1]
    for bucket in buckets:
        name, _, objects = bucket.partition("=")
        make_bucket(proxy, name)
        if objects:
            fill(root, name, *objects.split(":"))
    served.tell(port=port)
    # In a thread of the system's, so that the servers go on meanwhile.
    eventlet.tpool.execute(served.wait, root)


def serve(socket, application, keepalive=True):
    silence = open(os.devnull, "w")
    wsgi.server(socket, application, log=silence, log_output=False, max_size=256, keepalive=keepalive)


def make_bucket(proxy, name):
    from swift.common.swob import Request

    # Straight to the application behind the filters that ask who it is.
    for path in ("/v1/AUTH_test", f"/v1/AUTH_test/{name}"):
        request = Request.blank(path, method="PUT", headers={"Content-Length": "0"})
        request.environ["swift.authorize_override"] = True
        application = proxy
        while hasattr(application, "app"):
            application = application.app
        answer = request.get_response(application)
        if answer.status_int // 100 != 2:
            sys.exit(f"{path}: {answer.status}")


def fill(root, name, prefix, count):
    from swift.container.backend import ContainerBroker

    for path in glob.glob(os.path.join(root, "devices/sda/containers/**/*.db"), recursive=True):
        broker = ContainerBroker(path)
        if broker.get_info()["container"] != name:
            continue
        now = utils.Timestamp.now().internal
        broker.merge_items([
            {
                "name": f"{prefix}{number}.md", "created_at": now, "size": number, "content_type": "text/markdown",
                "etag": "d41d8cd98f00b204e9800998ecf8427e", "deleted": 0, "storage_policy_index": 0,
            }
            for number in range(int(count))
        ])


PROXY = """
[DEFAULT]
swift_dir = {root}
log_level = ERROR
workers = 0
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
allow_multipart_uploads = true
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""

if __name__ == "__main__":
    main(*sys.argv[1:])
