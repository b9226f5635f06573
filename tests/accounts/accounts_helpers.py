"""What the tests of this folder share by import."""

_last_account = 100000000000


def new_account():
    """Accounts are never shared between tests, so that one emulator serves all."""
    global _last_account
    _last_account += 1
    return str(_last_account)
