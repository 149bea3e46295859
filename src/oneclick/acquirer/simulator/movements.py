"""The effect of a completion, reversal or refund on a payment. Pure; the table is in docs/protocol/acquirer.md."""

from dataclasses import replace

from oneclick.acquirer.messages import Mti
from oneclick.acquirer.simulator.cards import APPROVED
from oneclick.acquirer.simulator.ledger import Decision, Entry, LedgerState, Movement, MovementKind

INVALID_TRANSACTION = "12"
INVALID_AMOUNT = "13"
NO_SUCH_ORIGINAL = "25"
SAME_TRACE_TWICE = "94"


def decide(asked: Movement, entry: Entry | None, is_taken: bool) -> Decision:  # noqa: FBT001  # a fact, not a flag
    """The acquirer's decision on a later message; ``is_taken``: its trace is another message's.

    What finds no original isn't remembered, since its original may still come. But a full reversal is, and confirmed:
    its original is then declined when it comes.
    """
    if is_taken:
        return Decision(movement=replace(asked, response_code=SAME_TRACE_TWICE), is_remembered=False)
    if entry is None and asked.kind == MovementKind.REVERSAL and asked.replacement_minor == 0:
        return Decision(movement=replace(asked, response_code=APPROVED))
    if entry is None or not _is_about(asked, entry):
        return Decision(movement=replace(asked, response_code=NO_SUCH_ORIGINAL), is_remembered=False)
    match asked.kind:
        case MovementKind.COMPLETION:
            verdict = _complete(asked, entry)
        case MovementKind.REFUND:
            verdict = _refund(asked, entry)
        case _:
            verdict = _reverse(asked, entry)
    code, after = (verdict, None) if isinstance(verdict, str) else (APPROVED, verdict)
    movement = replace(asked, response_code=code, authorisation_id=entry.authorisation_id)
    return Decision(movement=movement, entry=after)


def _is_about(asked: Movement, entry: Entry) -> bool:
    """Whether all that names the original names this one. An authorisation id needn't be known."""
    return (
        (asked.original_mti, asked.rrn, asked.billnumber, asked.currency)
        == (entry.mti, entry.rrn, entry.billnumber, entry.currency)
    ) and asked.authorisation_id in {None, entry.authorisation_id}


def _complete(asked: Movement, entry: Entry) -> Entry | str:
    """The amount is taken, the rest is released. The payment afterwards, or a response code."""
    if entry.state != LedgerState.AUTHORISED:
        return INVALID_TRANSACTION
    if not 1 <= asked.amount_minor <= entry.authorised_minor:
        return INVALID_AMOUNT
    return replace(
        entry,
        state=LedgerState.CAPTURED.value,
        authorised_minor=asked.amount_minor,
        captured_minor=asked.amount_minor,
    )


def _refund(asked: Movement, entry: Entry) -> Entry | str:
    """The amount goes back. The payment afterwards, or a response code."""
    if entry.state not in {LedgerState.CAPTURED, LedgerState.REFUNDED}:
        return INVALID_TRANSACTION
    if not 1 <= asked.amount_minor <= entry.captured_minor - entry.refunded_minor:
        return INVALID_AMOUNT
    refunded_minor = entry.refunded_minor + asked.amount_minor
    state = LedgerState.REFUNDED if refunded_minor == entry.captured_minor else LedgerState.CAPTURED
    return replace(entry, state=state.value, refunded_minor=refunded_minor)


def _reverse(asked: Movement, entry: Entry) -> Entry | str:
    """The payment is undone, or lowered. The payment afterwards, or a response code."""
    is_full = asked.replacement_minor == 0
    if asked.amount_minor != entry.amount_minor:
        return INVALID_AMOUNT
    if entry.state in {LedgerState.DECLINED, LedgerState.REVERSED}:
        return entry if is_full else INVALID_TRANSACTION  # nothing is held: there is nothing left to undo
    is_completed = entry.mti == Mti.AUTHORISATION and entry.state != LedgerState.AUTHORISED
    if is_completed or entry.refunded_minor > 0:
        return INVALID_TRANSACTION
    if is_full:
        return replace(entry, state=LedgerState.REVERSED.value, authorised_minor=0, captured_minor=0)
    if asked.replacement_minor >= entry.authorised_minor:
        return INVALID_AMOUNT
    captured_minor = min(entry.captured_minor, asked.replacement_minor)
    return replace(entry, authorised_minor=asked.replacement_minor, captured_minor=captured_minor)
