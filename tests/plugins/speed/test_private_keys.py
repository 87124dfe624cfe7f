"""Signing with keys that are generated at their first use."""

import pytest
from localstack.utils.patch import Patch
from moto.kms import kms_backends, models

from sandbox.speed import private_keys


def test_a_key_is_made_to_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """A private key is generated once, when it first signs."""
    made: list[str] = []
    generate = models.generate_private_key

    def generated(spec: str) -> object:
        made.append(spec)
        return generate(spec)

    monkeypatch.setattr(models, "generate_private_key", generated)
    before = [*Patch.applied_patches]
    private_keys.install()
    try:
        backend = kms_backends["000000000000"]["us-east-1"]
        key = backend.create_key("", "SIGN_VERIFY", "ECC_NIST_P256", "", None)
        assert not made
        for _ in range(2):
            _, signature, _ = backend.sign(key.id, b"tide", "ECDSA_SHA_256")
            assert backend.verify(key.id, b"tide", signature, "ECDSA_SHA_256")[1]
        assert made == ["ECC_NIST_P256"]
    finally:
        for patch in [each for each in Patch.applied_patches if each not in before]:
            patch.undo()
