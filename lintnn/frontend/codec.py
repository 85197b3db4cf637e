"""The IR as MessagePack, for the cache and between processes. Damaged data raises ``msgspec.DecodeError``, never runs anything."""

from __future__ import annotations

import msgspec

from lintnn.frontend.ir import Module

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Module)


def encode(module: Module) -> bytes:
    """Serialise a lowered file."""
    return _encoder.encode(module)


def decode_module(data: bytes) -> Module:
    """Read what :func:`encode` wrote; raises ``msgspec.DecodeError`` on anything else."""
    return _decoder.decode(data)
