"""A part of the training clips set apart, to choose by: never evaluation clips, whose measure stays honest that way."""

import numpy as np

from a2i.data.store import Store


def hold_out(store: Store, share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The training clips with sound in two parts, to learn from and to choose by: positions in `store.ok`, int64 each.

    Of each class the `share` of its sources, rounded down and drawn by `seed`; all clips of a source lie in one part.
    """
    rows, _ = store.split_rows(picture=False)
    clips = store.ok.iloc[rows]
    sources = clips.groupby("source_id")["label"].first().sample(frac=1, random_state=seed)
    place, size = sources.groupby(sources).cumcount(), sources.groupby(sources).transform("size")
    apart = clips["source_id"].isin(sources.index[place < np.floor(share * size)]).to_numpy()
    return rows[~apart], rows[apart]
