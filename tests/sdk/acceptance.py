"""What the vendor's own end-to-end tests expect of the service, in our words, for both kinds of client.

Each check stands alone: users and threads of its own. All of them run; the last line counts.
"""

import asyncio
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

from azure.communication.chat import ChatMessageType, ChatParticipant, CommunicationUserIdentifier
from azure.communication.identity import CommunicationTokenScope
from azure.core.exceptions import HttpResponseError

from common import CLIENTS, Asynchronous, People, equal, items, pages

CHECKS = []


def check(function):
    """Registers a check."""
    CHECKS.append(function)
    return function


def member(user, name="name"):
    """A participant whose history begins now, to the microsecond."""
    return ChatParticipant(identifier=user, display_name=name, share_history_time=datetime.utcnow())


def conversation(people, *others):
    """A client, its user, and a thread of theirs and the others."""
    user, client = people.client()
    created = client.create_chat_thread(
        "test topic", thread_participants=[member(user), *map(member, others)], idempotency_token=str(uuid4())
    )
    assert created.chat_thread.id
    return user, client, client.get_chat_thread_client(created.chat_thread.id)


@check
def create_with_the_caller_listed_hides_nothing_sent_afterwards(people):
    _, _, thread = conversation(people)
    sent = thread.send_message("hello world", sender_display_name="name").id
    assert sent in [message.id for message in items(thread.list_messages())]
    equal(len(items(thread.list_participants())), 1, "participants, the caller only once")


@check
def create_without_participants_has_no_errors(people):
    _, client = people.client()
    created = client.create_chat_thread("test topic")
    assert created.chat_thread is not None
    assert created.errors in (None, []), created.errors


@check
def create_names_who_could_not_be_added(people):
    user, client = people.client()
    stranger = ChatParticipant(identifier=CommunicationUserIdentifier(people.stranger()), display_name="Nobody")
    created = client.create_chat_thread("test topic", thread_participants=[member(user), stranger])
    equal([participant for participant, _ in created.errors], [stranger], "participants that could not be added")


@check
def the_same_idempotency_token_is_the_same_thread(people):
    _, client = people.client()
    token = str(uuid4())
    ids = {client.create_chat_thread("topic", idempotency_token=token).chat_thread.id for _ in range(2)}
    equal(len(ids), 1, "threads of one token")
    other = client.create_chat_thread("topic", idempotency_token=str(uuid4())).chat_thread.id
    assert other not in ids


@check
def one_client_creates_and_lists(people):
    _, client = people.client()
    created = client.create_chat_thread("test topic").chat_thread.id
    equal([thread.id for thread in items(client.list_chat_threads())], [created], "threads")


@check
def threads_come_in_pages(people):
    _, client = people.client()
    created = {client.create_chat_thread(f"topic {number}").chat_thread.id for number in range(3)}
    listing = pages(client.list_chat_threads(results_per_page=1))
    assert all(len(page) <= 1 for page in listing)
    equal({thread.id for page in listing for thread in page}, created, "threads over all pages")


@check
def a_thread_client_knows_its_thread(people):
    _, client, thread = conversation(people)
    equal(client.get_chat_thread_client(thread.thread_id).thread_id, thread.thread_id, "thread id")
    equal(thread.get_properties().id, thread.thread_id, "id in the properties")
    thread.update_topic("another topic")
    client.delete_chat_thread(thread.thread_id)


@check
def a_message_is_what_was_sent(people):
    user, _, thread = conversation(people)
    sent = thread.send_message("hello world", sender_display_name="sender name", metadata={"tags": "greeting"}).id
    message = thread.get_message(sent)
    equal((message.id, message.type), (sent, ChatMessageType.TEXT), "id and type")
    equal(message.content.message, "hello world", "content")
    equal(message.sender.raw_id, user.raw_id, "sender")
    equal(message.metadata, {"tags": "greeting"}, "metadata")


@check
def messages_come_in_pages_newest_first(people):
    _, _, thread = conversation(people)
    sent = [thread.send_message(f"message {number}").id for number in range(3)]
    listing = pages(thread.list_messages(results_per_page=1))
    assert all(len(page) <= 1 for page in listing)
    listed = [message.id for page in listing for message in page]
    equal(listed[:3], sent[::-1], "the latest messages")


@check
def a_message_changes_and_goes(people):
    _, _, thread = conversation(people)
    sent = thread.send_message("hello world").id
    before = thread.get_message(sent)
    thread.update_message(sent, content="updated")
    after = thread.get_message(sent)
    equal((after.content.message, after.created_on), ("updated", before.created_on), "content and first time")
    assert int(after.sequence_id) > int(before.sequence_id) and int(after.version) > int(before.version)
    thread.delete_message(sent)


@check
def participants_continue_from_the_skip(people):
    _, _, thread = conversation(people, people.user())
    listing = pages(thread.list_participants(results_per_page=1, skip=1))
    assert all(len(page) <= 1 for page in listing)
    equal(sum(map(len, listing)), 1, "participants after the first")


@check
def participants_join_and_leave(people):
    _, _, thread = conversation(people)
    newcomer = people.user()
    equal(thread.add_participants([member(newcomer)]), [], "participants that could not be added")
    thread.remove_participant(newcomer)
    equal(len(items(thread.list_participants())), 1, "participants")


@check
def typing_with_and_without_a_name(people):
    _, _, thread = conversation(people)
    thread.send_typing_notification()
    thread.send_typing_notification(sender_display_name="John")


@check
def my_own_receipt_is_listed(people):
    user, _, thread = conversation(people)
    sent = thread.send_message("hello world").id
    thread.send_read_receipt(sent)
    for _ in range(10):  # the hosted service shows it within 20 s
        receipts = items(thread.list_read_receipts())
        if receipts:
            break
        time.sleep(2)
    equal([(mine.sender.raw_id, mine.chat_message_id) for mine in receipts], [(user.raw_id, sent)], "receipts")


@check
def one_receipt_a_participant(people):
    other, other_client = people.client()
    _, _, thread = conversation(people, other)
    thread_of_other = other_client.get_chat_thread_client(thread.thread_id)
    for _ in range(2):
        thread.send_read_receipt(thread.send_message("from the first").id)
    thread_of_other.send_read_receipt(thread_of_other.send_message("from the second").id)
    equal(len(items(thread.list_read_receipts(results_per_page=2, skip=0))), 2, "receipts")


@check
def refusals_are_errors_with_a_code(people):
    _, _, thread = conversation(people)
    _, outsider = people.client()
    try:
        outsider.get_chat_thread_client(thread.thread_id).send_message("let me in")
        raise AssertionError("an outsider may not send")
    except HttpResponseError as error:
        assert error.status_code in (403, 404), error.status_code
        assert error.error is not None and error.error.code, "the body names a code"


@check
def a_refused_token_is_401(people):
    user = people.user()
    header, payload, _ = people.token(user).split(".")
    forged = people.clients.chat(f"{header}.{payload}.{'A' * 43}")
    try:
        forged.create_chat_thread("test topic")
        raise AssertionError("a forged token is refused")
    except HttpResponseError as error:
        equal(error.status_code, 401, "status")


@check
def a_user_can_come_with_a_token_and_lose_it(people):
    user, answer = people.identity.create_user_and_token(scopes=[CommunicationTokenScope.CHAT])
    client = people.clients.chat(answer.token)
    equal(items(client.list_chat_threads()), [], "threads")
    people.identity.revoke_tokens(user)
    try:
        items(client.list_chat_threads())
        raise AssertionError("a revoked token is refused")
    except HttpResponseError as error:
        equal(error.status_code, 401, "status")
    equal(items(people.clients.chat(people.token(user)).list_chat_threads()), [], "threads with a new token")
    people.identity.delete_user(user)


@check
def what_is_sent_at_once_is_there_once(people):
    _, _, thread = conversation(people)
    words = [f"message {number}" for number in range(20)]
    if isinstance(people.clients, Asynchronous):

        async def send_all():
            sends = (thread.client.send_message(word) for word in words)
            return await asyncio.gather(*sends)

        sent = people.clients.loop.run_until_complete(send_all())
    else:
        with ThreadPoolExecutor() as pool:
            sent = list(pool.map(thread.send_message, words))
    listed = {message.id: message.content.message for message in items(thread.list_messages()) if message.sender}
    equal(listed, dict(zip((result.id for result in sent), words)), "messages")


def main():
    """Runs every check with both kinds of client; fails when one did."""
    failed = 0
    for clients in CLIENTS:
        for function in CHECKS:
            try:
                with People(clients) as people:
                    function(people)
            except Exception:  # whatever it was, the next check says something of its own
                failed += 1
                print(f"FAILED {function.__name__}, {clients.name}")
                traceback.print_exc()
    total = len(CLIENTS) * len(CHECKS)
    print(f"acceptance: {total - failed} of {total} checks hold, blocking and asynchronous")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
