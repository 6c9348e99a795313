"""The nouns that pass between stages: frozen, slotted, keyword-only dataclasses.

Pure: no clock, no files, no network, no third-party library. Times are aware UTC datetimes. Paths
inside a root are ``/``-separated strings as :func:`os.fsdecode` gives them.
"""

from typing import TYPE_CHECKING

from watcher.on_demand import on_demand

if TYPE_CHECKING:
    from watcher.model.article import Article, Change
    from watcher.model.delivery import Alerts, Attempt, Delivery, Lease, Outcome, Owed, Waiting
    from watcher.model.kinds import (
        ArticleState,
        ChangeKind,
        DeliveryState,
        EndpointState,
        FileState,
        RootState,
        Verdict,
    )
    from watcher.model.known import (
        ArticleWrite,
        ChangeWrite,
        Decision,
        FileWrite,
        Known,
        KnownArticle,
        KnownFile,
        Plan,
        RevisionWrite,
    )
    from watcher.model.seed import (
        Content,
        Image,
        Missing,
        Problem,
        Provider,
        RawSeed,
        Reading,
        Reason,
        Seed,
        SeedPath,
        Signature,
        Unchanged,
        Unusable,
    )
    from watcher.model.standing import EndpointStatus, RootStatus

__all__ = [
    "Alerts",
    "Article",
    "ArticleState",
    "ArticleWrite",
    "Attempt",
    "Change",
    "ChangeKind",
    "ChangeWrite",
    "Content",
    "Decision",
    "Delivery",
    "DeliveryState",
    "EndpointState",
    "EndpointStatus",
    "FileState",
    "FileWrite",
    "Image",
    "Known",
    "KnownArticle",
    "KnownFile",
    "Lease",
    "Missing",
    "Outcome",
    "Owed",
    "Plan",
    "Problem",
    "Provider",
    "RawSeed",
    "Reading",
    "Reason",
    "RevisionWrite",
    "RootState",
    "RootStatus",
    "Seed",
    "SeedPath",
    "Signature",
    "Unchanged",
    "Unusable",
    "Verdict",
    "Waiting",
]

__getattr__ = on_demand(
    __name__,
    article="Article Change",
    delivery="Alerts Attempt Delivery Lease Outcome Owed Waiting",
    kinds="ArticleState ChangeKind DeliveryState EndpointState FileState RootState Verdict",
    known="ArticleWrite ChangeWrite Decision FileWrite Known KnownArticle KnownFile Plan "
    "RevisionWrite",
    seed="Content Image Missing Problem Provider RawSeed Reading Reason Seed SeedPath "
    "Signature Unchanged Unusable",
    standing="EndpointStatus RootStatus",
)
