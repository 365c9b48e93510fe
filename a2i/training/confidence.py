"""Which pictures show what is heard, as far as the other clips' pictures tell: confident learning (Northcutt et al. 2021).

In clips found by their sound the source is often out of the picture. A classifier of the other clips' pictures is then asked
for the class of each; a picture that it gives to others teaches a wrong answer.
"""

import warnings

import numpy as np
FOLDS = 5


def confidence(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How likely each picture's own class is to a linear classifier that has learnt from other clips alone: (clips, frames).

    codes float32 (clips, frames, size) of the pictures, labels int64 (clips,). 1 for all where no class can be told from others,
    or where a class has fewer clips than there are folds.
    """
    # Not on the way of the other recipes, which train where scikit-learn is not.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    clips, frames, _ = codes.shape
    names, target, count = np.unique(labels, return_inverse=True, return_counts=True)
    if len(names) < 2 or count.min() < FOLDS:
        return np.ones((clips, frames))
    # Clips in turns of class by class: each fold then has as many of each class as any other.
    turn = np.argsort(np.argsort(target, kind="stable"), kind="stable") % FOLDS
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=200))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough for a probability
        chances = cross_val_predict(
            classifier, codes.reshape(clips * frames, -1).astype(np.float64), target.repeat(frames),
            groups=turn.repeat(frames), cv=GroupKFold(FOLDS), method="predict_proba",
        )  # fmt: skip
    return chances[np.arange(clips * frames), target.repeat(frames)].reshape(clips, frames)


def trusted(likely: np.ndarray, labels: np.ndarray, least: float) -> np.ndarray:
    """Which pictures are learnt from, bool (clips, frames): those at least so likely; all of a class of which half would go,
    for then it is the classifier that does not know the class. likely: what `confidence` gives, labels int64 (clips,)."""
    enough = likely >= least
    for label in np.unique(labels):
        own = labels == label
        if enough[own].mean() < 0.5:
            enough[own] = True
    return enough
