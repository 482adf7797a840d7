#!/usr/bin/python3
"""A real FTP server for tests: pyftpdlib, with a certificate of its own.

ftp-server.py PASSWORD [OPTION...]

The user is `me`. OPTIONS: `implicit` for TLS from the first byte, `plain` for no TLS at all, `no-mlsd` for a server that is
too old to know MLSD. Without any, TLS is required, and begins with AUTH.
"""
import datetime
import ipaddress
import os
import sys
import threading

import served
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer


class Data(TLS_DTPHandler):
    def readable(self):
        # A client may greet before its command is read, which this pyftpdlib takes for the end of the connection.
        return self._ssl_accepting or super().readable()


class Implicit(TLS_FTPHandler):
    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        super().handle()


def certificate(path):
    """Makes a key and a certificate of 127.0.0.1 that it signed itself, in one file each."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server for tests")])
    now = datetime.datetime.utcnow()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(os.path.join(path, "ca.pem"), "wb") as file:
        file.write(public)
    with open(os.path.join(path, "server.pem"), "wb") as file:
        file.write(private + public)


def main(password, *options):
    root = served.directory()
    home = os.path.join(root, "home")
    os.mkdir(home)
    certificate(root)
    config_logging(level=50)
    authorizer = DummyAuthorizer()
    authorizer.add_user("me", password, home, perm="elradfmwMT")
    base = FTPHandler if "plain" in options else Implicit if "implicit" in options else TLS_FTPHandler

    class Handler(base):
        pass

    Handler.authorizer = authorizer
    Handler.auth_failed_timeout = 0
    if base is not FTPHandler:
        Handler.dtp_handler = Data
        Handler.certfile = os.path.join(root, "server.pem")
    if base is TLS_FTPHandler:
        Handler.tls_control_required = Handler.tls_data_required = True
    if "no-mlsd" in options:
        Handler.proto_cmds = {name: what for name, what in Handler.proto_cmds.items() if name not in ("MLSD", "MLST")}
    server = FTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.wait, args=(root,), daemon=True).start()
    served.tell(port=server.address[1], home=home, ca=os.path.join(root, "ca.pem"))
    server.serve_forever()


main(*sys.argv[1:])
