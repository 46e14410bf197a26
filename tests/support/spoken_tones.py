"""An archive of tones in place of spoken digits."""

import io
import tarfile

import numpy as np

from tfgan_it.datasets import save_wav


def tone(digit, index, rate=8000):
    time = np.arange(2000 + 100 * index) / rate
    return 0.5 * np.sin(2 * np.pi * (200 + 150 * digit) * time)


def archive_of(folder, names, rate=8000, damage=None, volume=1.0):
    """An archive of tones, each of its digit's pitch, under `folder/spoken_digit`."""
    (folder / "spoken_digit").mkdir(exist_ok=True)
    path = folder / "spoken_digit" / "digits.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            digit, _, index = name.removesuffix(".wav").split("_")
            wav = save_wav(volume * tone(int(digit), int(index)), folder / "one.wav", rate)
            data = wav.read_bytes() if damage is None else damage
            member = tarfile.TarInfo(f"set-1.0/recordings/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        archive.addfile(tarfile.TarInfo("set-1.0/recordings/README.md"))
    return path


# As many recordings of each digit as a test needs: 0 to 4 are those of the test part.
def names_of(digits, indices, speakers=("ann",)):
    return [f"{d}_{who}_{i}.wav" for who in speakers for i in indices for d in digits]
