"""Which clips a dataset is made of: every option that names them, explained beside its field and nowhere else."""

import csv
from dataclasses import dataclass

SPLITS = ("train", "eval")


@dataclass(frozen=True)
class Dataset:
    """Where clips come from, and which of them are taken.

    Notebook 01 has these as parameters; the command line is made of the fields, their defaults and their comments
    (`a2i.core.settings.explained`).
    """

    source: str = "miniworld"  # where clips come from; auto: lists if one is named (one of miniworld, lists, folder, auto)
    train_segments: str = ""  # lists: the training list, or several with commas between
    eval_segments: str = ""  # lists: the evaluation list, or several with commas between
    labels: str = ""  # lists: class_labels_indices.csv, for classes beyond the paper's ten
    media: str = ""  # lists: folder of media named by id; folder: the folder of class-named folders
    classes: str = ""  # names or ids with commas between; empty: those of the paper's ten, or all that a folder has
    ontology: str = ""  # lists: AudioSet's ontology.json, to count the labels below a class as the class
    shares: str = ""  # lists: the part of a class kept for training, class by class, as the profile audioset shows
    cap_per_class: int = 0  # lists: at most so many training clips a class; 0: no limit (0 to 10000000)
    balance: bool = False  # lists: cut every class to the size of the smallest, in training
    keep_multi: bool = False  # lists: keep clips with several of the classes, under the rarest of them
    exclude: str = ""  # lists: further lists, with commas between, whose videos are left out
    table: str = ""  # folder: a CSV of file, label and split (or fold), in place of class folders
    eval_share: float = 0.2  # folder: the share of a class for evaluation, where no split is given (0.01 to 0.9)
    seed: int = 0  # of the mini world, a folder's split, and which clips are cut (0 to 999999999)


def split_names(text: str) -> tuple[str, ...]:
    """The parts of a text between commas; one that holds a comma itself stands in double quotes."""
    parts = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(part.strip() for part in parts if part.strip())
