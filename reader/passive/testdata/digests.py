"""Writes an LDSSecurityObject over files, or wraps a CMS file in EF.SOD's tag."""
import hashlib
import sys

OIDS = {
    "sha1": "2b0e03021a", "sha224": "608648016503040204", "sha256": "608648016503040201",
    "sha384": "608648016503040202", "sha512": "608648016503040203",
}


def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda b: bytes([128 + len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def main():
    if sys.argv[1] == "wrap":
        return der(0x77, open(sys.argv[2], "rb").read())
    name, files = sys.argv[1], sys.argv[2:]
    pairs = b"".join(
        der(0x30, der(2, bytes([i + 1])) + der(4, hashlib.new(name, open(f, "rb").read()).digest()))
        for i, f in enumerate(files)
    )
    algorithm = der(0x30, der(6, bytes.fromhex(OIDS[name])) + der(5, b""))
    return der(0x30, der(2, b"\0") + algorithm + der(0x30, pairs))


sys.stdout.buffer.write(main())
