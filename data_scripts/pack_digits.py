"""Pack scikit-learn's digits and their split into the file that `latentkit.data.load_digits` reads.

    python data_scripts/pack_digits.py

It is in the library already: importing scikit-learn to read these 1,797 images takes longer than most notebooks' cells.
"""

from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split

import latentkit.data
from latentkit.data.digits import PACKED

SEED = 0


def main() -> None:
    pixels, labels = datasets.load_digits(return_X_y=True)
    train, test = train_test_split(np.arange(len(labels)), test_size=0.2, random_state=SEED, stratify=labels)
    content = {
        "pixels": pixels.astype(np.uint8),
        "labels": labels.astype(np.uint8),
        "train": train.astype(np.int16),
        "test": test.astype(np.int16),
    }
    path = Path(latentkit.data.__file__).with_name(PACKED)
    np.savez_compressed(path, **content)
    print(f"{path.stat().st_size:,} bytes in {path}")


if __name__ == "__main__":
    main()
