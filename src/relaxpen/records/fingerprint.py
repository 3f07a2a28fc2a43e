"""placeholder"""

import hashlib


def fingerprint(entries):
    return hashlib.sha256("\n".join(entries).encode()).hexdigest()


def packages(entries):
    return {}
