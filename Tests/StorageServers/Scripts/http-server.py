#!/usr/bin/python3
"""A real HTTP server for tests, over a directory of its own, which it tells as `root`.

http-server.py apache      WebDAV at /dav/ for the user `me` with the password `pass word`, and an index at /index/
http-server.py apache-tls  the same over TLS, with a certificate of an authority that it tells as `ca`
http-server.py rclone      WebDAV at / for the same user
http-server.py python      the index of python3 -m http.server at /
"""
import base64
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time

import served

NOBODY = 65534
MODULES = "/usr/lib/apache2/modules"

CONFIGURATION = """
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {home}/pid
DefaultRuntimeDir {home}
Mutex file:{home} default
ErrorLog {home}/error
{modules}
User #{user}
Group #{user}
DavLockDB {home}/locks
TypesConfig /dev/null
Alias /dav {root}
Alias /index {root}
<Location /dav>
  Dav On
  AuthType Basic
  AuthName test
  AuthUserFile {home}/users
  Require valid-user
</Location>
<Location /index>
  Require all granted
</Location>
<Directory {root}>
  Options +Indexes
  IndexOptions +Charset=UTF-8
</Directory>
{tls}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def takes_connections(port, process):
    for _ in range(600):
        if process.poll() is not None:
            return False
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


def certificates(home):
    """An authority, and a certificate of it for 127.0.0.1 and localhost."""
    def run(*words):
        subprocess.run(("openssl",) + words, check=True, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj",
        "/CN=test authority")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    with open(os.path.join(home, "names"), "w") as file:
        file.write("subjectAltName = IP:127.0.0.1, DNS:localhost\n")
    run("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out",
        "cert.pem", "-extfile", "names")


def apache(home, root, is_encrypted):
    digest = base64.b64encode(hashlib.sha1(b"pass word").digest()).decode()
    with open(os.path.join(home, "users"), "w") as file:
        file.write(f"me:{{SHA}}{digest}\n")
    names = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "alias", "autoindex",
             "dav", "dav_fs", "mime"]
    tls = ""
    if is_encrypted:
        certificates(home)
        names += ["socache_shmcb", "ssl"]
        tls = f"SSLEngine on\nSSLCertificateFile {home}/cert.pem\nSSLCertificateKeyFile {home}/key.pem\n"
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    port = free_port()
    with open(os.path.join(home, "conf"), "w") as file:
        file.write(CONFIGURATION.format(
            port=port, home=home, root=root, modules=modules, user=NOBODY, tls=tls))
    if os.getuid() == 0:
        # As root it starts only to become somebody else.
        os.chmod(home, 0o755)
        for path in (home, root):
            os.chown(path, NOBODY, NOBODY)
    command = ["/usr/sbin/apache2", "-f", os.path.join(home, "conf"), "-DFOREGROUND"]
    return port, command


def kill(process):
    """At once, with its children: Apache's would wait for connections that are kept."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def start(kind, home, root):
    """Another try where somebody took the port in between."""
    for _ in range(5):
        if kind.startswith("apache"):
            port, command = apache(home, root, kind == "apache-tls")
        elif kind == "rclone":
            port = free_port()
            command = ["rclone", "serve", "webdav", root, "--addr", f"127.0.0.1:{port}", "--user", "me", "--pass",
                       "pass word", "--config", "/dev/null", "--dir-cache-time", "0", "--vfs-cache-mode", "off"]
        else:
            port = free_port()
            command = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", root, str(port)]
        log = open(os.path.join(home, "log"), "a")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        if takes_connections(port, process):
            return port, process
        kill(process)
    with open(os.path.join(home, "log")) as log:
        print(f"{kind} does not start: {log.read()}", file=sys.stderr)
    served.end(home)


def main(kind):
    home = served.directory()
    root = os.path.join(home, "root")
    os.mkdir(root)
    port, process = start(kind, home, root)
    end = served.end

    def end_both(path):
        # Once: a second call in the middle of the first would wait for itself.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kill(process)
        end(path)

    served.end = end_both
    served.tell(port=port, root=root, ca=os.path.join(home, "ca.pem"))
    served.wait(home)


main(*sys.argv[1:])
