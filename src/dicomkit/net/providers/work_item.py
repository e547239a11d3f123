"""Unified Procedure Steps as provider: pushed, pulled, watched, queried, and reported on (PS3.4 CC.2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from dicomkit.dataset import DataElement, Dataset
from dicomkit.errors import LimitExceededError
from dicomkit.net.dispatch import Response
from dicomkit.net.dispatch.checking import response_to
from dicomkit.net.providers.instances import MemoryStore, is_uid
from dicomkit.net.providers.performed_step import chosen
from dicomkit.net.providers.reports import Report
from dicomkit.net.providers.subscriptions import MemorySubscriptions, Subscription
from dicomkit.net.services import Matcher, Verdict
from dicomkit.net.services.items import is_empty, items_of
from dicomkit.net.services.work_item import (
    CANCELED,
    COMPLETED,
    FILTERED_INSTANCE,
    GLOBAL_INSTANCE,
    IN_PROGRESS,
    NOT,
    SCHEDULED,
    WITH_LOCK,
    WITHOUT_LOCK,
    check_cancel,
    check_change,
    check_create,
    check_set,
    check_subscription,
    subscribed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.providers.instances import InstanceStore
    from dicomkit.net.providers.reports import Deliver
    from dicomkit.net.providers.subscriptions import SubscriptionStore
    from dicomkit.net.services import MatchingOptions

__all__ = ["EVENT", "PULL", "PUSH", "QUERY", "WATCH", "WorkItems"]

PUSH, WATCH, PULL, EVENT, QUERY = [f"1.2.840.10008.5.1.4.34.6.{number}" for number in range(1, 6)]

_NOT_MANAGED = 0xC307
_UNKNOWN_TITLE = 0xC308
_NO_EVENTS = 0xC315
_PERFORMER_UNREACHABLE = Verdict(0xC312, "nobody is subscribed who could cancel it")
_NO_UID = Verdict(0xC301, "the Transaction UID is no UID")
_OUT_OF_RESOURCES = 0xA700

_STATE, _READINESS, _TRANSACTION = 0x00741000, 0x00404041, 0x00081195
_PROGRESS, _STATIONS, _PERFORMERS = 0x00741002, 0x00404025, 0x00404034
_MODIFIED, _CHARACTER_SET = 0x00404010, 0x00080005
_CLASS, _INSTANCE = 0x00080016, 0x00080018
# What N-GET and queries never give away, and what is no attribute of an item (PS3.4 Table CC.2.5-3, columns N-GET).
_SECRET = (_TRANSACTION,)
_NOT_GOTTEN = (_TRANSACTION, _CLASS, _INSTANCE)
_REASONS = (0x00741238, 0x0074100E, 0x0074100C, 0x0074100A)
_ENDED = (COMPLETED, CANCELED)


class WorkItems:
    """Work items with the state machine of PS3.4 CC.1.1, subscriptions and their events.

    Events go through `deliver`; without it, whoever subscribes is told that there are none (C315). `changed` is called
    with the SOP Instance UID and the item as it now is, after each change.
    """

    def __init__(
        self,
        store: InstanceStore | None = None,
        subscriptions: SubscriptionStore | None = None,
        *,
        deliver: Deliver | None = None,
        changed: Callable[[str, Dataset], None] | None = None,
        matching: MatchingOptions | None = None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        """Take where items and subscriptions are kept, in memory if nothing is said."""
        self.store: InstanceStore = MemoryStore() if store is None else store
        self.subscriptions: SubscriptionStore = MemorySubscriptions() if subscriptions is None else subscriptions
        self._deliver = deliver
        self._changed = changed
        self._matching = matching
        self._now = now

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        return {
            PUSH: {"n-create": self.create, "n-action": self.act, "n-get": self.get},
            PULL: {"find": self.find, "n-get": self.get, "n-set": self.set, "n-action": self.act},
            WATCH: {"find": self.find, "n-get": self.get, "n-action": self.act},
            QUERY: {"find": self.find},
        }

    # Items ------------------------------------------------------------------------------------------------------------

    def create(self, request: Request) -> Response:
        """Perform an N-CREATE (PS3.4 CC.2.5): the answers of `check_create`."""
        uid, wished = request.sop_instance_uid, request.dataset or Dataset()
        item = wished.copy()
        item.add(DataElement(_CLASS, "UI", PUSH))
        item.add(DataElement(_INSTANCE, "UI", uid))
        item.add(DataElement(_MODIFIED, "DT", self._stamp()))
        verdict = self._update(uid, lambda existing: (check_create(wished, existing), item))
        if verdict.is_success:
            self._enrol(uid, item)
            self._announce(uid, None, item)
        return response_to(verdict)

    def set(self, request: Request) -> Response:
        """Perform an N-SET (PS3.4 CC.2.6): the answers of `check_set`."""
        changes = request.dataset or Dataset()

        def change(item: Dataset | None) -> tuple[Verdict, Dataset | None]:
            verdict = check_set(item, changes)
            if item is None or not verdict.is_success:
                return verdict, None
            changed = item.copy()
            for element in changes:
                if element.tag not in (_TRANSACTION, _CHARACTER_SET):
                    changed.add(element)
            changed.add(DataElement(_MODIFIED, "DT", self._stamp()))
            return verdict, changed

        return self._changed_by(request.sop_instance_uid, change)

    def get(self, request: Request) -> Response | Dataset | tuple[int, Dataset]:
        """Perform an N-GET (PS3.4 CC.2.7): C307 for an unknown UID; the Transaction UID is nobody's to read."""
        item = self.store.get(request.sop_instance_uid)
        return Response(_NOT_MANAGED) if item is None else chosen(_without(item, _NOT_GOTTEN), request.attributes)

    def find(self, request: Request) -> Iterator[Dataset | Response]:
        """Perform a C-FIND (PS3.4 CC.2.8)."""
        try:
            matcher = Matcher(_without(request.dataset or Dataset(), _SECRET), self._matching)
        except LimitExceededError as error:
            yield Response(_OUT_OF_RESOURCES, error_comment=f"too many {error.limit} in the query")
            return
        for item in self.store:
            if matcher.matches(item):
                yield matcher.response(item)

    def act(self, request: Request) -> Response:
        """Perform an N-ACTION: change the state, request a cancellation, or subscribe (PS3.4 CC.2.1 to CC.2.3)."""
        action, information = request.action_type_id, request.dataset or Dataset()
        if action == 1:
            return self._change_state(request.sop_instance_uid, information)
        if action == 2:
            return self._request_cancel(request, information)
        return self._subscribe(request.sop_instance_uid, action or 0, information)

    def purge(self) -> int:
        """Forget the items that have ended and that no deletion lock holds; return how many (PS3.4 CC.2.1.3)."""
        count = 0
        for item in self.store:
            uid = str(item.SOPInstanceUID)
            locks = any(one.state == WITH_LOCK for one in self.subscriptions.of(uid))
            if item.ProcedureStepState in _ENDED and not locks:
                self.store.delete(uid)
                for one in self.subscriptions.of(uid):
                    self.subscriptions.delete(uid, one.ae_title)
                count += 1
        return count

    def _change_state(self, uid: str, information: Dataset) -> Response:
        def change(item: Dataset | None) -> tuple[Verdict, Dataset | None]:
            verdict = check_change(item, information)
            if verdict.is_success and not is_uid(str(information.TransactionUID)):
                verdict = _NO_UID
            if item is None or not verdict.is_success:
                return verdict, None
            return verdict, self._moved(item, str(information.ProcedureStepState), str(information.TransactionUID))

        return self._changed_by(uid, change)

    def _request_cancel(self, request: Request, information: Dataset) -> Response:
        """Cancel what nobody has begun; tell the performer of what somebody has (PS3.4 CC.2.2.3)."""
        uid, is_begun = request.sop_instance_uid, False

        def change(item: Dataset | None) -> tuple[Verdict, Dataset | None]:
            nonlocal is_begun
            is_begun = False
            verdict = check_cancel(item, information)
            if item is None or not verdict.is_success:
                return verdict, None
            if item.ProcedureStepState == SCHEDULED:
                return verdict, self._moved(item, CANCELED, "", information)
            is_begun = True
            return (verdict if self._reachable(uid) else _PERFORMER_UNREACHABLE), None

        response = self._changed_by(uid, change)
        if is_begun and not response.status:
            asked = _only(information, _REASONS)
            asked.RequestingAE = request.peer.calling_ae_title
            self._report(uid, 2, asked)
        return response

    def _moved(self, item: Dataset, state: str, transaction: str, information: Dataset | None = None) -> Dataset:
        """Return an item in another state, with what the provider fills in (PS3.4 CC.2.1.3)."""
        changed = item.copy()
        changed.ProcedureStepState = state
        if state == IN_PROGRESS:
            changed.add(DataElement(_TRANSACTION, "UI", transaction))  # whatever VR the peer gave it
        if state == CANCELED:
            items = items_of(changed, _PROGRESS)
            progress = items[0].copy() if items else Dataset()
            if is_empty(progress, 0x00404052):
                progress.ProcedureStepCancellationDateTime = self._stamp()
            if information is not None:
                for tag in _REASONS[:2]:
                    if tag in information:
                        progress.add(information[tag])
                if _REASONS[1] not in progress:
                    progress.ProcedureStepDiscontinuationReasonCodeSequence = []
            changed.add(DataElement(_PROGRESS, "SQ", [progress]))
        changed.add(DataElement(_MODIFIED, "DT", self._stamp()))
        return changed

    def _stamp(self) -> str:
        return f"{self._now():%Y%m%d%H%M%S}"

    def _update(self, uid: str, change: Callable[[Dataset | None], tuple[Verdict, Dataset | None]]) -> Verdict:
        verdict = Verdict(0)

        def apply(existing: Dataset | None) -> Dataset | None:
            nonlocal verdict
            verdict, result = change(existing)
            return result if verdict.is_success else None

        self.store.update(uid, apply)
        return verdict

    def _changed_by(self, uid: str, change: Callable[[Dataset | None], tuple[Verdict, Dataset | None]]) -> Response:
        """Change an item, tell who is to be told, and return the answer."""
        before = after = None

        def noted(existing: Dataset | None) -> tuple[Verdict, Dataset | None]:
            nonlocal before, after
            verdict, after = change(existing)
            before = existing
            return verdict, after

        verdict = self._update(uid, noted)
        if verdict.is_success and after is not None:
            self._announce(uid, before, after)
        return response_to(verdict)

    # Events -----------------------------------------------------------------------------------------------------------

    def _reachable(self, uid: str) -> bool:
        return self._deliver is not None and bool(self.subscriptions.of(uid))

    def _announce(self, uid: str, before: Dataset | None, after: Dataset) -> None:
        """Report what is different (PS3.4 CC.2.4.3)."""
        if self._changed is not None:
            self._changed(uid, after)
        if before is not None:
            if before.ProcedureStepState == SCHEDULED and after.ProcedureStepState == CANCELED:
                # It becomes IN PROGRESS first, if only for its subscribers (PS3.4 CC.2.2.3).
                begun = _state_of(after)
                begun.ProcedureStepState = IN_PROGRESS
                self._report(uid, 1, begun)
            if _differs(before, after, _STATE) or _differs(before, after, _READINESS):
                self._report(uid, 1, _state_of(after))
            if _differs(before, after, _PROGRESS) and after.ProcedureStepState not in _ENDED:
                self._report(uid, 3, _only(after, (_PROGRESS,)))
        if any(_differs(before, after, tag) and not is_empty(after, tag) for tag in (_STATIONS, _PERFORMERS)):
            self._report(uid, 5, _assigned(after))

    def _report(self, uid: str, event: int, information: Dataset) -> None:
        for subscription in self.subscriptions.of(uid):
            self._send(subscription.ae_title, uid, event, information)

    def _send(self, title: str, uid: str, event: int, information: Dataset) -> None:
        if self._deliver is not None:
            self._deliver(title, Report(PUSH, uid, event, information, EVENT))

    # Subscriptions ----------------------------------------------------------------------------------------------------

    def _subscribe(self, uid: str, action: int, information: Dataset) -> Response:
        verdict, event = check_subscription(uid, action, information, is_known=self.store.get(uid) is not None)
        if not verdict.is_success:
            return response_to(verdict)
        if self._deliver is None:
            return Response(_NO_EVENTS, error_comment="no event reports are sent")
        title = str(information.ReceivingAE).strip()
        if not self._deliver.knows(title):
            return Response(_UNKNOWN_TITLE, error_comment="the receiving AE title is not known here")
        if uid not in (GLOBAL_INSTANCE, FILTERED_INSTANCE):
            item = self.store.get(uid)
            if item is not None:
                self._apply(title, uid, item, event)
            return Response()
        keys = None
        if uid == FILTERED_INSTANCE:
            keys = _without(information, (0x00741234, 0x00741230, _CHARACTER_SET))
        self._note_globally(title, uid, event, keys)
        if event != "suspend globally":
            matcher = None if keys is None or action != 3 else Matcher(keys, self._matching)
            for item in self.store:
                if matcher is None or matcher.matches(item):
                    self._apply(title, str(item.SOPInstanceUID), item, event)
        return Response()

    def _note_globally(self, title: str, uid: str, event: str, keys: Dataset | None) -> None:
        if event.startswith("subscribe"):
            state = WITHOUT_LOCK if event.endswith("without lock") else WITH_LOCK
            self.subscriptions.put(uid, Subscription(title, state, keys))
        else:
            self.subscriptions.delete(uid, title)

    def _apply(self, title: str, uid: str, item: Dataset, event: str) -> None:
        """Change one title's subscription to one item, and send the initial report where one is due."""
        state = next((one.state for one in self.subscriptions.of(uid) if one.ae_title == title), NOT)
        state, is_told = subscribed(state, event)
        if state == NOT:
            self.subscriptions.delete(uid, title)
        else:
            self.subscriptions.put(uid, Subscription(title, state))
        if is_told:
            self._send(title, uid, 1, _state_of(item))

    def _enrol(self, uid: str, item: Dataset) -> None:
        """Subscribe those with a global subscription to a new item; they are told of it (PS3.4 CC.2.3.3)."""
        for well_known in (GLOBAL_INSTANCE, FILTERED_INSTANCE):
            for one in self.subscriptions.of(well_known):
                if one.keys is None or Matcher(one.keys, self._matching).matches(item):
                    known = any(other.ae_title == one.ae_title for other in self.subscriptions.of(uid))
                    self.subscriptions.put(uid, Subscription(one.ae_title, one.state))
                    if not known:
                        self._send(one.ae_title, uid, 1, _state_of(item))


def _without(ds: Dataset, tags: tuple[int, ...]) -> Dataset:
    result = ds.copy()
    for tag in tags:
        if tag in result:
            del result[tag]
    return result


def _only(ds: Dataset, tags: tuple[int, ...]) -> Dataset:
    result = Dataset()
    for tag in tags:
        if tag in ds:
            result.add(ds[tag])
    return result


def _differs(before: Dataset | None, after: Dataset, tag: int) -> bool:
    if before is None or tag not in before:
        return tag in after
    return tag not in after or before[tag].value != after[tag].value


def _state_of(item: Dataset) -> Dataset:
    """What a UPS State Report says (PS3.4 Table CC.2.4-1)."""
    report = _only(item, (_STATE, _READINESS))
    for progress in items_of(item, _PROGRESS)[:1]:
        for tag in _REASONS[:2]:
            if tag in progress:
                report.add(progress[tag])
    return report


def _assigned(item: Dataset) -> Dataset:
    """What a UPS Assigned event says (PS3.4 Table CC.2.4-1)."""
    report = _only(item, (_STATIONS,)) if not is_empty(item, _STATIONS) else Dataset()
    for first in items_of(item, _PERFORMERS)[:1]:
        for keyword in ("HumanPerformerCodeSequence", "HumanPerformerOrganization"):
            if keyword in first:
                report[keyword] = first[keyword].value
    return report
