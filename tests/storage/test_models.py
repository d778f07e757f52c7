"""Trained models: the newest holds, the one before is kept, another community's are left alone."""

from datetime import timedelta

from bot.storage import models
from bot.storage.store import Store
from tests.conftest import START


def test_the_newest_and_the_one_before_are_kept(store: Store) -> None:
    for day in range(4):
        store.transact(models.put, 1, "churn", START + timedelta(days=day), b"%d" % day, {"auc": day})
    store.transact(models.put, 1, "taste", START, b"t", {})
    store.transact(models.put, 2, "churn", START, b"other", {})
    newest, before = store.look(models.newest, 1, "churn"), store.look(models.before, 1, "churn")
    assert newest == models.Trained(kind="churn", at=START + timedelta(days=3), data=b"3", report={"auc": 3})
    assert before == models.Trained(kind="churn", at=START + timedelta(days=2), data=b"2", report={"auc": 2})
    assert store.look(models.when, 1, "churn") == START + timedelta(days=3)
    assert store.look(models.before, 1, "taste") is None
    assert store.look(models.newest, 2, "churn") == models.Trained(kind="churn", at=START, data=b"other")
    assert store.look(models.kept, 1, "churn") == [newest, before]
    assert store.look(models.kept, 1, "nothing") == []
    assert store.look(models.newest, 1, "nothing") is None
