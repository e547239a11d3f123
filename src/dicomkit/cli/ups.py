"""``dicomkit ups``: push, claim, finish and watch work items (PS3.4 CC)."""

from __future__ import annotations

import queue
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from dicomkit._lazy import load
from dicomkit.cli.arguments import add_color, add_json
from dicomkit.cli.find import tell
from dicomkit.cli.mpps import show_instance
from dicomkit.cli.peer import add_listening, add_peer, associate, listen_to_peer, positive, tell_refusal
from dicomkit.cli.query import put_key
from dicomkit.cli.terminal import CommandError
from dicomkit.dataset import Dataset
from dicomkit.errors import DimseStatusError, escaped
from dicomkit.net.exchanges import (
    ClaimedItem,
    WorkItemEvent,
    WorkItemEvents,
    claim_work_item,
    create_work_item,
    get_work_item,
    performed_procedure,
    request_cancel,
    subscribe,
    unsubscribe,
    work_item,
)
from dicomkit.net.exchanges.work_item import PULL, PUSH, WATCH
from dicomkit.net.sync import run as run_exchange

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.sync import Association

__all__ = ["configure", "run"]

_CONTEXTS = {
    "create": PUSH, "request-cancel": PUSH, "find": PULL, "get": PULL, "claim": PULL, "progress": PULL,
    "complete": PULL, "cancel": PULL, "subscribe": WATCH, "unsubscribe": WATCH, "watch": WATCH,
}  # fmt: skip
_USUAL = (
    "SOPInstanceUID", "ProcedureStepState", "ScheduledProcedureStepPriority", "ProcedureStepLabel", "PatientID",
    "PatientName", "ScheduledProcedureStepStartDateTime",
)  # fmt: skip


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    parser.add_argument("action", metavar="ACTION", choices=tuple(_CONTEXTS), help=", ".join(_CONTEXTS))
    parser.add_argument(
        "what",
        nargs="*",
        metavar="WHAT",
        help="create and find: KEY=VALUE; progress: UID and percent; subscribe, unsubscribe and watch: a UID, or "
        "nothing for all items; otherwise the item's UID",
    )
    parser.add_argument("--label", default="work item", metavar="TEXT", help="create: what is to be done")
    parser.add_argument(
        "--transaction", default="", metavar="UID", help="that claim has told; progress, complete and cancel need it"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="cancel, request-cancel: why")
    parser.add_argument("--at", type=_code, metavar="CODE^SCHEME^MEANING", help="complete: the station")
    parser.add_argument("--performed", type=_code, metavar="CODE^SCHEME^MEANING", help="complete: what was done")
    parser.add_argument("--lock", action="store_true", help="subscribe, watch: keep items from being deleted")
    parser.add_argument("--receiver", default="", metavar="AE", help="subscribe: who gets events; we if not given")
    parser.add_argument("--count", type=positive, metavar="N", help="watch: leave after N events")
    parser.add_argument("--limit", type=positive, metavar="N", help="find: cancel the query after N matches")
    add_listening(parser, "watch: the port that events come to", 11113)
    add_json(parser, "JSON: uid and state, a match or item in the DICOM JSON Model, or an event a line")
    add_color(parser)
    parser.examples(
        "dicomkit ups manager 11112 create --label 'Segment the liver' PatientID=1",
        "dicomkit ups manager 11112 find ProcedureStepState=SCHEDULED",
        "dicomkit ups manager 11112 claim 2.25.123 --json",
        "dicomkit ups manager 11112 complete 2.25.123 --transaction 2.25.456 --at 'WS1^99ME^Desk' "
        "--performed '110001^DCM^Image Processing'",
        "dicomkit ups manager 11112 watch --calling WATCHER --receive-port 11113",
    )


def _code(text: str) -> Dataset:
    value, scheme, meaning = [*text.split("^", 2), "", ""][:3]
    if not (value and scheme and meaning):
        raise ValueError  # argparse says that it is invalid
    return Dataset(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Do one thing; 1 if the peer refuses it, or nothing is found."""
    action, what = arguments.action, arguments.what
    needed = {"progress": 2, "create": 0, "find": 0, "subscribe": 0, "unsubscribe": 0, "watch": 0}.get(action, 1)
    if len(what) < needed:
        raise CommandError(f"{action} needs {'a UID and a percentage' if needed == 2 else 'the UID of the item'}")
    if action in ("progress", "complete", "cancel") and not arguments.transaction:
        raise CommandError(f"{action} needs the --transaction that claim has told")
    if action == "complete" and (arguments.at is None or arguments.performed is None):
        raise CommandError("complete needs --at and --performed: where, and what was done")
    if action == "watch":
        return _watch(arguments, terminal)
    with associate(arguments, [_CONTEXTS[action]]) as association:
        try:
            return _DO[action](arguments, terminal, association)
        except DimseStatusError as error:
            return tell_refusal(arguments, terminal, error, "UPS")


def _say(arguments: Namespace, terminal: Terminal, state: str, **more: str) -> int:
    uid = arguments.what[0] if arguments.what else ""
    if arguments.json:
        terminal.json({"sop_instance_uid": uid, "state": state, **more})
    else:
        words = [uid, state, *[f"{name} {value}" for name, value in more.items()]]
        terminal.line(" ".join([escaped(word, 100) for word in words if word]))
    return 0


def _create(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    item = work_item(arguments.label)
    for text in arguments.what:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"{escaped(text)} is no KEY=VALUE")
        put_key(item, name, value)
    arguments.what = [run_exchange(association, create_work_item(item))]
    return _say(arguments, terminal, "SCHEDULED")


def _find(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    query = Dataset()
    for keyword in _USUAL:
        query[keyword] = None
    for text in arguments.what:
        name, equals, value = text.partition("=")
        put_key(query, name, value if equals else None)
    return tell(arguments, terminal, query, association.find(query, PULL))


def _get(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    show_instance(arguments, terminal, run_exchange(association, get_work_item(arguments.what[0])))
    return 0


def _claim(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    claimed = run_exchange(association, claim_work_item(arguments.what[0], arguments.transaction))
    return _say(arguments, terminal, "IN PROGRESS", transaction=claimed.transaction_uid)


def _progress(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    try:
        percent = float(arguments.what[1])
    except ValueError:
        raise CommandError(f"{escaped(arguments.what[1])} is no percentage") from None
    claimed = ClaimedItem(arguments.what[0], arguments.transaction)
    run_exchange(association, claimed.progress(percent, " ".join(arguments.what[2:])))
    return _say(arguments, terminal, "IN PROGRESS", progress=f"{percent:g}")


def _complete(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    now = datetime.now()
    done = performed_procedure(began=now, ended=now, station=arguments.at, workitem=arguments.performed)
    run_exchange(association, ClaimedItem(arguments.what[0], arguments.transaction).complete(done))
    return _say(arguments, terminal, "COMPLETED")


def _cancel(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    run_exchange(association, ClaimedItem(arguments.what[0], arguments.transaction).cancel(arguments.reason))
    return _say(arguments, terminal, "CANCELED")


def _request_cancel(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    run_exchange(association, request_cancel(arguments.what[0], arguments.reason))
    return _say(arguments, terminal, "cancellation requested")


def _subscribe(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    receiver, uid = arguments.receiver or arguments.calling, "".join(arguments.what[:1])
    run_exchange(association, subscribe(receiver, uid, lock=arguments.lock))
    return _say(arguments, terminal, "subscribed", receiver=receiver)


def _unsubscribe(arguments: Namespace, terminal: Terminal, association: Association) -> int:
    receiver, uid = arguments.receiver or arguments.calling, "".join(arguments.what[:1])
    run_exchange(association, unsubscribe(receiver, uid))
    return _say(arguments, terminal, "unsubscribed", receiver=receiver)


def _watch(arguments: Namespace, terminal: Terminal) -> int:
    """Subscribe, show events as they come, and unsubscribe at the end, Ctrl-C included."""
    events: queue.SimpleQueue[WorkItemEvent] = queue.SimpleQueue()
    uid = "".join(arguments.what[:1])
    with listen_to_peer(arguments, arguments.calling, WorkItemEvents(events.put).handlers(), "ups"):
        try:
            with associate(arguments, [WATCH]) as association:
                run_exchange(association, subscribe(arguments.calling, uid, lock=arguments.lock))
        except DimseStatusError as error:
            return tell_refusal(arguments, terminal, error, "UPS")
        began, count = monotonic(), 0
        try:
            while arguments.count is None or count < arguments.count:
                _show_event(arguments, terminal, events.get(), monotonic() - began)
                count += 1
        finally:
            with associate(arguments, [WATCH]) as association:
                run_exchange(association, unsubscribe(arguments.calling, uid))
    return 0


def _show_event(arguments: Namespace, terminal: Terminal, event: WorkItemEvent, seconds: float) -> None:
    if arguments.json:
        pieces = "".join(load("iter_json")(event.dataset))
        uid = escaped(event.sop_instance_uid, 64)
        head = f'{{"sop_instance_uid":"{uid}","event_type_id":{event.event_type_id},"name":"{event.name}","dataset":'
        terminal.json_pieces([head, pieces, "}"])
        return
    state = event.dataset.get("ProcedureStepState")
    words = [f"{seconds:8.1f} s", event.sop_instance_uid, event.name, str(state or "")]
    terminal.line("  ".join([escaped(word, 100) for word in words if word]))


_DO: dict[str, Callable[[Namespace, Terminal, Association], int]] = {
    "create": _create, "find": _find, "get": _get, "claim": _claim, "progress": _progress, "complete": _complete,
    "cancel": _cancel, "request-cancel": _request_cancel, "subscribe": _subscribe, "unsubscribe": _unsubscribe,
}  # fmt: skip
