#!/usr/bin/python3
"""A real SFTP server for tests: OpenSSH's, with keys of its own, for the user who runs it.

sftp-server.py

Each connection has an sshd of its own, as inetd would start it, so that the port can be the system's choice.
"""
import ctypes
import os
import pwd
import signal
import socket
import subprocess
import threading

import served

SSHD = "/usr/sbin/sshd"


LIBC = ctypes.CDLL(None)


def die_with_parent():
    """Has the kernel end a connection's sshd when this program ends, however that is: prctl(PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGKILL)


def main():
    root = served.directory()
    home = os.path.join(root, "home")
    os.mkdir(home)
    # Without it, sshd of root does not start; its package has it made when its service is started.
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    for name, passphrase in (("host", ""), ("user", ""), ("locked", "open sesame"), ("stranger", "")):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", os.path.join(root, name)],
            check=True, stdin=subprocess.DEVNULL)
    with open(os.path.join(root, "authorized"), "w") as file:
        for name in ("user", "locked"):
            file.write(open(os.path.join(root, f"{name}.pub")).read())
    with open(os.path.join(root, "config"), "w") as file:
        file.write(
            f"HostKey {root}/host\nAuthorizedKeysFile {root}/authorized\nStrictModes no\nUsePAM no\nPidFile none\n"
            "PasswordAuthentication yes\nPermitRootLogin yes\nSubsystem sftp internal-sftp\nLogLevel FATAL\n")

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = listener.getsockname()[1]
    key = open(os.path.join(root, "host.pub")).read()
    other = open(os.path.join(root, "stranger.pub")).read()
    for name, text in (("known", key), ("changed", other)):
        with open(os.path.join(root, name), "w") as file:
            file.write(f"[127.0.0.1]:{port} {text}")
    open(os.path.join(root, "empty"), "w").close()
    # Their ends are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    threading.Thread(target=served.wait, args=(root,), daemon=True).start()
    served.tell(port=port, home=home, root=root, user=pwd.getpwuid(os.geteuid()).pw_name)
    while True:
        connection, _ = listener.accept()
        with connection:
            subprocess.Popen(
                [SSHD, "-i", "-f", os.path.join(root, "config")], stdin=connection, stdout=connection,
                preexec_fn=die_with_parent)


main()
