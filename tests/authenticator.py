"""An authenticator in software, for ceremonies that a real one would refuse to take part in."""

import hashlib
import json
import secrets
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey; whoever holds it may lie about where it is used and about having checked its owner."""

    def __init__(self, origin="http://localhost:8000", rp_id="localhost", flags=PRESENT | VERIFIED):
        self.origin, self.rp_id, self.flags, self.count = origin, rp_id, flags, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.handle = None

    def make(self, options, **change):
        """What the browser sends back for a new passkey."""
        self.handle = options["user"]["id"]
        client_data = self.client_data("webauthn.create", options, **change)
        length = struct.pack(">H", len(self.id))
        about_key = bytes(16) + length + self.id + self.public_key()
        attestation = {"fmt": "none", "attStmt": {}, "authData": self.data(HAS_KEY) + about_key}
        return self.answer(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "attestationObject": bytes_to_base64url(cbor2.dumps(attestation)),
                "transports": ["internal"],
            }
        )

    def use(self, options, **change):
        """What the browser sends back when the passkey is used."""
        self.count += 1
        client_data = self.client_data("webauthn.get", options, **change)
        data = self.data()
        signed = data + hashlib.sha256(client_data).digest()
        return self.answer(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": self.handle,
            }
        )

    def answer(self, response):
        number = bytes_to_base64url(self.id)
        return {
            "id": number,
            "rawId": number,
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }

    def client_data(self, kind, options, **change):
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin} | change
        return json.dumps(said).encode()

    def data(self, more_flags=0):
        about = hashlib.sha256(self.rp_id.encode()).digest()
        return about + struct.pack(">BI", self.flags | more_flags, self.count)

    def public_key(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
