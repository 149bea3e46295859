"""Messages in a stream of bytes: each stands behind its length, two bytes big-endian. Pure."""

from oneclick.acquirer.fields import reject

LENGTH_BYTES = 2


def frame(message: bytes) -> bytes:
    """The message behind its length; raises ``WireError`` if it is too long for two bytes."""
    if len(message) >= 1 << 8 * LENGTH_BYTES:
        reject("the message is too long for a frame")
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


class FrameBuffer:
    """Takes bytes as they come and gives whole messages. Holds at most one unfinished frame.

    Once a frame is announced that is longer than ``frame_bytes_max``, the stream can't be trusted: ``is_broken`` is
    true and everything more is passed over.
    """

    def __init__(self, frame_bytes_max: int) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._held = bytearray()
        self.is_broken = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete, in order; an empty one is a frame of length zero."""
        messages: list[bytes] = []
        self._held += data
        start = 0
        while len(self._held) - start >= LENGTH_BYTES and not self.is_broken:
            body = start + LENGTH_BYTES
            end = body + int.from_bytes(self._held[start:body], "big")
            self.is_broken = end - body > self._frame_bytes_max
            if self.is_broken or len(self._held) < end:
                break
            messages.append(bytes(self._held[body:end]))
            start = end
        if self.is_broken:
            start = len(self._held)
        del self._held[:start]
        return messages
