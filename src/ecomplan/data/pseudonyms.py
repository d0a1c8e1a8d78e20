"""Customer ids as keyed hashes: the same person stays one customer, and nobody's id leaves the raw files."""

from __future__ import annotations

import hashlib
import os

import pandas as pd

from ecomplan.errors import DataError

KEY_ENV = "ECOMPLAN_ID_KEY"
#: for public data only: a published id needs no secret, and everyone shall get the same tables
PUBLIC_KEY = b"ecomplan public data"
MIN_KEY_LENGTH = 16


def id_key(public: bool) -> bytes:
    """The key of the hash: fixed for public data, from the environment for own data.

    Raises DataError if own data have no key or one shorter than 16 characters.
    """
    if public:
        return PUBLIC_KEY
    key = os.environ.get(KEY_ENV, "")
    if len(key) < MIN_KEY_LENGTH:
        found = f"it has {len(key)} characters" if key else "it is not set"
        raise DataError(
            f"environment variable {KEY_ENV}: own data need a secret key of at least {MIN_KEY_LENGTH} characters for "
            f"their customer ids; {found}. To make one: "
            f'`export {KEY_ENV}="$(python3 -c \'import secrets; print(secrets.token_hex(16))\')"`; keep it, since '
            f"another key gives other ids"
        )
    return key.encode()


def pseudonymise(ids: pd.Series, key: bytes) -> pd.Series:
    """Ids as 16 hexadecimal digits (BLAKE2b, keyed; RFC 7693); null stays null."""
    codes, values = pd.factorize(ids)
    hashed = pd.Series(
        [hashlib.blake2b(str(value).encode(), key=key[:64], digest_size=8).hexdigest() for value in values], dtype="str"
    )
    if hashed.duplicated().any():
        raise DataError(f"column customer_id: two of {len(values)} ids fell on one pseudonym; choose another {KEY_ENV}")
    return hashed.reindex(codes).set_axis(ids.index)
