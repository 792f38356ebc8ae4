"""SavingFrequency: counts batches between two times of saving."""

from __future__ import annotations


class SavingFrequency:
    """Tells when a callback that saves every so many batches is to save.

    Args:
        owner: The callback's name, for the message.
        save_freq: `"epoch"`, or a positive number of batches.

    Raises:
        ValueError: If it is something else.
    """

    def __init__(self, owner: str, save_freq: int | str) -> None:
        number = isinstance(save_freq, int) and not isinstance(save_freq, bool) and save_freq > 0
        if save_freq != "epoch" and not number:
            raise ValueError(
                f"{owner}: unrecognized save_freq. Expected 'epoch' or a positive number of batches. "
                f"Received: save_freq={save_freq!r}."
            )
        self.batches = 0 if isinstance(save_freq, str) else save_freq
        self._last = -1
        self._count = 0

    def is_due(self, batch: int) -> bool:
        """Count a batch.

        Args:
            batch: Its number in the epoch; numbers may be left out where several batches are run at once.

        Returns:
            Whether it is time to save.
        """
        self._count += batch - self._last if batch > self._last else batch + 1  # a new epoch
        self._last = batch
        if self._count < self.batches:
            return False
        self._count = 0
        return True
