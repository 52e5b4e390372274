"""Administrators' tokens of the key id kit-own, with the public keys that they are good for."""

_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
_SAID = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjAsImlhdCI6MCwiZXhwIjoyNTM0MDIzMDA3OTksImlzcyI6ImtpdCI"
    "sImNuZiI6eyJqd2siOnsia2lkIjoia2l0LW93biIsImt0eSI6IkFETUlOIn19fQ"
)
_SIGNATURES = (
    "bgcjmbEICE_aUl6nv5AQ7JTvHL6oULNmlsd366cmOLaNuJ2yHWPGcOyV5ghYRhOWI3JtwnOMnOhSsgjYbOWyOg",
    "yFDxqqsSJR57SiEVPUtN_WGotLnuPmIxaEu6HtzySa-1IAxDkrUJWLCf8B2LXu4pWRhgo_idcBpdslngmSAI_A",
)
_KEYS = (
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+x2POBegoToCWUXNyLDoAiBqHVJ0",
        "raShvhF6wW/wctXwQBhp0puaagnnbDUlTuB8A7viX8e7iFu+vBnUAZ7bnw==",
    ),
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkm+Nu0fUk+sS/5TQQvgh5hMfdLg2",
        "SFBDMDuwJlAPL76h189k9MPmeAPl+l0tOrspFVWMMhjqE9c81FpPtUd+fw==",
    ),
)
SIGNED = [
    ("\n".join([_BEGIN, *key, _END, ""]), f"{_SAID}.{signature}")
    for key, signature in zip(_KEYS, _SIGNATURES, strict=True)
]
"""Public keys, each with a token that was signed with its private half, which nobody has any more."""
