"""Subscriptions in memory."""

from __future__ import annotations

from dicomkit.net.providers import MemorySubscriptions, Subscription


def test_a_title_has_one_subscription_to_an_instance() -> None:
    """A later one takes the place of an earlier one; titles are apart."""
    store = MemorySubscriptions()
    store.put("1", Subscription("A", "with"))
    store.put("1", Subscription("B", "with"))
    store.put("1", Subscription("A", "without"))
    assert [("A", "without"), ("B", "with")] == [(one.ae_title, one.state) for one in store.of("1")]
    store.delete("1", "A")
    store.delete("1", "C")
    store.delete("2", "A")
    assert (["B"], []) == ([one.ae_title for one in store.of("1")], store.of("2"))
