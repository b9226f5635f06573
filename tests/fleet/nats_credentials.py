"""Users of NATS that sign with a key: what an operator makes for a server and its clients, as far as tests need it.
Source: NATS documentation, "Decentralized JWT authentication", and the text form of NKeys."""
import base64
import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

# The first letter of a key in base32 says what it is of.
PREFIXES = {"operator": 14 << 3, "account": 0, "user": 20 << 3}
SEED_PREFIX = 18 << 3
ANY = -1
CONNECTIONS = dict.fromkeys(("subs", "data", "payload"), ANY)
ACCOUNT = {**CONNECTIONS, **dict.fromkeys(("imports", "exports", "conn", "leaf"), ANY), "wildcards": True}
JETSTREAM = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), ANY)


def _crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def _base32(data):
    return base64.b32encode(data + _crc16(data).to_bytes(2, "little")).decode().rstrip("=")


def _base64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    def __init__(self, kind):
        self.kind, self.key = kind, Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = _base32(bytes([PREFIXES[kind]]) + public)

    @property
    def seed(self):
        prefix = PREFIXES[self.kind]
        secret = self.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return _base32(bytes([SEED_PREFIX | prefix >> 5, (prefix & 31) << 3]) + secret)

    def sign(self, of, claims):
        """The JWT by which this key vouches for another."""
        body = {"jti": of.public, "iat": int(time.time()), "iss": self.public, "name": of.kind, "sub": of.public,
                "nats": {**claims, "type": of.kind, "version": 2}}
        text = ".".join(_base64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        return text + "." + _base64(self.key.sign(text.encode()))


class Operator:
    """An operator with one account that may use JetStream."""

    def __init__(self):
        self.key, self.account, self.system = Key("operator"), Key("account"), Key("account")

    def settings(self):
        """For the server."""
        account = self.key.sign(self.account, {"limits": {**ACCOUNT, **JETSTREAM}})
        system = self.key.sign(self.system, {"limits": ACCOUNT})
        return "\n".join([f"operator: {self.key.sign(self.key, {})}", f"system_account: {self.system.public}",
                          "resolver: MEMORY", "resolver_preload: {",
                          f"{self.account.public}: {account}", f"{self.system.public}: {system}", "}\n"])

    def credentials(self):
        """Of a new user of the account, as a .creds file has them."""
        user = Key("user")
        return (f"-----BEGIN NATS USER JWT-----\n{self.account.sign(user, CONNECTIONS)}\n"
                f"------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{user.seed}\n"
                "------END USER NKEY SEED------\n")
