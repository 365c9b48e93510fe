"""What a choice of clips cost, step by step, and which labels stand beside the chosen ones."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.data.classes import class_of, slug

REASONS = {
    "single": "carries two or more of the classes",
    "exclude": "its video is in an excluded list",
    "overlap": "its video is in the evaluation list",
    "absent": "its class has no clip in the other list",
    "shares": "cut to the share of its class",
    "balance": "cut to the smallest class",
    "cap": "cut to the cap of a class",
}


@dataclass
class Attrition:
    """What each step lost; a segment with several classes counts for each of them and once in "all"."""

    names: list[str]  # of the classes, by position
    rows: list[tuple] = field(default_factory=list)

    def add(self, step: str, split: str, label: str, lost: int, kept: int, reason: str) -> None:
        self.rows.append((step, split, label, int(lost), int(kept), reason))

    def step(self, step: str, split: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
        """Notes the step from `before` to `after` (row, cls), unless there was nothing, and returns `after`."""
        if not len(before):
            return after
        reason, kept = REASONS[step], after["row"].nunique()
        self.add(step, split, "all", before["row"].nunique() - kept, kept, reason)
        had, has = (np.bincount(rows["cls"].to_numpy(), minlength=len(self.names)) for rows in (before, after))
        for position, name in enumerate(self.names):
            self.add(step, split, name, had[position] - has[position], has[position], reason)
        return after

    def table(self) -> pd.DataFrame:
        """step, split, label (or "all"), lost, kept, reason."""
        return pd.DataFrame(self.rows, columns=["step", "split", "label", "lost", "kept", "reason"])


def by_class(losses: pd.DataFrame, clips: pd.DataFrame) -> pd.DataFrame:
    """The way from the lists to the store, a row a class: listed, what each step lost, what ended with each status, ok.

    losses: `Attrition.table`'s; clips: the store's, with label and status. A column of zeros alone is left out.
    """
    lost = losses[losses["label"] != "all"]
    steps = lost.pivot_table("lost", "label", "step", "sum", sort=False)
    ended = pd.crosstab(clips["label"], clips["status"])
    ended = ended.reindex(columns=[*ended.columns.drop("ok", errors="ignore"), "ok"], fill_value=0)
    table = steps.join(ended, how="outer").fillna(0).astype(int)
    table = table.loc[:, (table != 0).any() | (table.columns == "ok")]
    table.insert(0, "listed", table.sum(axis=1))
    return table.rename_axis("label")


def cooccurrence(clips: pd.DataFrame, labels: pd.DataFrame | None = None, top: int = 5) -> pd.DataFrame:
    """The labels that most often stand beside each class: label, other, name, clips, share (of the class's clips)."""
    pairs = clips[["clip_id", "label", "labels"]].explode("labels", ignore_index=True)
    pairs = pairs.drop_duplicates(["clip_id", "labels"]).rename(columns={"labels": "other"})
    names = {} if labels is None else dict(zip(labels["mid"], labels["display_name"], strict=True))
    others = pairs["other"].dropna().unique()
    own = {other: (other, class_of(other).name, slug(names.get(other, other))) for other in others}
    beside = [label not in own.get(other, ()) for label, other in zip(pairs["label"], pairs["other"], strict=True)]
    pairs = pairs[np.array(beside, bool)]
    table = pairs.groupby(["label", "other"], sort=False).size().rename("clips").reset_index()
    table["share"] = table["clips"] / clips["label"].value_counts().reindex(table["label"]).to_numpy()
    table.insert(2, "name", table["other"].map(lambda mid: names.get(mid, mid)))
    table = table.sort_values(["label", "clips", "other"], ascending=[True, False, True])
    return table.groupby("label", sort=False).head(top).reset_index(drop=True)


def odd(clips: pd.DataFrame) -> pd.DataFrame:
    """Usable clips that are odd, a row a class and a column a remark (`media.quality`): clips; no row where none is.

    clips: a store's, with label, status and detail.
    """
    remarks = clips.loc[(clips["status"] == "ok") & (clips["detail"] != ""), ["label", "detail"]]
    remarks = remarks.assign(detail=remarks["detail"].str.split(", ")).explode("detail", ignore_index=True)
    return pd.crosstab(remarks["label"], remarks["detail"]).rename_axis(columns=None)


def need_usable(clips: pd.DataFrame) -> None:
    """Raises A2IError where none of a store's clips is usable, with the reasons and what may help."""
    counts = clips["status"].value_counts()
    if counts.get("ok", 0):
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    advice = {"no_picture": "keep_pictureless", "no_sound": "keep_soundless", "odd": "keep_odd"}
    options = [advice[reason] for reason in counts.index if reason in advice]
    helps = " or ".join(f"-p {name}=true (a2i curate: --{name.replace('_', '-')})" for name in options)
    raise A2IError(f"none of the {len(clips)} clips is usable: {reasons}{'; to keep them: ' + helps if helps else ''}")
