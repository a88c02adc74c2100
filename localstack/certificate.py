"""Writes a key and a certificate for 127.0.0.1 and localhost: certificate.py KEY_AND_CERTIFICATE CERTIFICATE.

LocalStack's own has a malformed list of names, which no client accepts. Runs in LocalStack's Python.
"""

import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(days=1))
    .not_valid_after(now + datetime.timedelta(days=3650))
    .add_extension(names, critical=False)
    .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    .sign(key, hashes.SHA256())
    .public_bytes(serialization.Encoding.PEM)
)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
for path, content in ((sys.argv[2], certificate), (sys.argv[1], private + certificate)):
    with open(path + ".new", "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(content)
    os.replace(path + ".new", path)
