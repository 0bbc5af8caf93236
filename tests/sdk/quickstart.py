"""Makes every call that the documents this project started from show, and checks each answer.

The documents are the README of azure-communication-chat 1.2.0 and the older quickstart for Python. Where they
differ, the README's names count: the quickstart was written for a beta whose names are gone.
"""

import uuid
from datetime import datetime, timedelta

from azure.communication.chat import ChatMessageType, ChatParticipant, CommunicationUserIdentifier

from common import CLIENTS, People, equal, items, pages


def now():
    """The time as the documents take it: in UTC, without saying so."""
    return datetime.utcnow()


def create_threads(client, user):
    """Without and with participants; repeated; and opened again by id."""
    plain = client.create_chat_thread("test topic")
    assert plain.chat_thread.id, "a thread has an id"
    equal(plain.chat_thread.topic, "test topic", "topic of a new thread")
    assert not plain.errors, plain.errors

    participants = [ChatParticipant(identifier=user, display_name="name", share_history_time=now())]
    token = uuid.uuid4()  # an object, not text: the documents hand it over like this
    first = client.create_chat_thread("test topic", thread_participants=participants, idempotency_token=token)
    again = client.create_chat_thread("test topic", thread_participants=participants, idempotency_token=token)
    equal(again.chat_thread.id, first.chat_thread.id, "thread of a repeated request")
    assert first.chat_thread.id != plain.chat_thread.id
    retry = [participant for participant, _ in first.errors or []]
    equal(retry, [], "participants to try again")

    thread = client.get_chat_thread_client(plain.chat_thread.id)
    equal(thread.thread_id, plain.chat_thread.id, "id of an opened thread")
    client.delete_chat_thread(thread_id=first.chat_thread.id)
    return thread


def read_and_rename_thread(client, thread, user):
    """Properties, the list of threads, and another topic."""
    properties = thread.get_properties()
    equal(properties.id, thread.thread_id, "id in the properties")
    equal(properties.created_by.raw_id, user.raw_id, "creator")
    assert abs(now() - properties.created_on.replace(tzinfo=None)) < timedelta(minutes=5), properties.created_on

    listed = items(client.list_chat_threads(results_per_page=5, start_time=now() - timedelta(days=2)))
    assert thread.thread_id in [item.id for item in listed], "a new thread is listed"

    thread.update_topic(topic="new topic")
    equal(thread.get_properties().topic, "new topic", "topic after its update")


def send_messages(thread):
    """Every way to name the type; returns the id of the first message."""
    plain = thread.send_message("hello world")
    ways = {
        plain.id: ("text", "hello world", ""),
        thread.send_message(
            content="by enum", sender_display_name="sender name", chat_message_type=ChatMessageType.TEXT
        ).id: ("text", "by enum", "sender name"),
        thread.send_message(
            content="by word", sender_display_name="sender name", chat_message_type="text"
        ).id: ("text", "by word", "sender name"),
        thread.send_message(
            "<b>html</b> by enum", sender_display_name="sender name", chat_message_type=ChatMessageType.HTML
        ).id: ("html", "<b>html</b> by enum", "sender name"),
        thread.send_message("<i>html</i> by word", chat_message_type="html").id: ("html", "<i>html</i> by word", ""),
    }
    equal(len(ways), 5, "messages with an id of their own")
    for message_id, (kind, words, name) in ways.items():
        message = thread.get_message(message_id=message_id)
        equal(message.id, message_id, "id of a message")
        equal(message.type, kind, f"type of {words!r}")
        equal(message.content.message, words, "content")
        equal(message.sender_display_name, name, f"sender's name of {words!r}")
    return plain.id, set(ways)


def read_change_delete_messages(thread, message_id, sent):
    """Lists, edits and deletes."""
    listing = pages(thread.list_messages(results_per_page=1, start_time=now() - timedelta(days=1)))
    assert all(len(page) <= 1 for page in listing), "pages of one"
    messages = [message for page in listing for message in page]
    assert sent <= {message.id for message in messages}, "every message is listed"
    kinds = {message.type for message in messages}
    assert {ChatMessageType.TOPIC_UPDATED, ChatMessageType.PARTICIPANT_ADDED} <= kinds, kinds
    topics = [message.content.topic for message in messages if message.type == ChatMessageType.TOPIC_UPDATED]
    assert "new topic" in topics, topics
    equal(items(thread.list_messages(start_time=now() + timedelta(days=1))), [], "messages from tomorrow on")

    thread.update_message(message_id, content="updated message content")
    edited = thread.get_message(message_id=message_id)
    equal(edited.content.message, "updated message content", "content after its update")
    assert edited.edited_on is not None and edited.deleted_on is None
    equal(edited.created_on, next(old.created_on for old in messages if old.id == message_id), "time it was made")

    thread.delete_message(message_id=message_id)
    deleted = [message for message in items(thread.list_messages(results_per_page=20)) if message.id == message_id]
    equal(len(deleted), 1, "times that a deleted message is listed")
    assert deleted[0].deleted_on is not None
    assert not deleted[0].content or not deleted[0].content.message, "nothing is left of what it said"


def change_participants(people, thread, user):
    """Adds, retries what failed, lists with skip, removes."""
    newcomers = [people.user() for _ in range(2)]
    added = thread.add_participants(
        thread_participants=[
            ChatParticipant(identifier=newcomer, display_name="Fred Flinstone", share_history_time=now())
            for newcomer in newcomers
        ]
    )
    equal(added, [], "participants that could not be added")

    stranger = ChatParticipant(identifier=CommunicationUserIdentifier(people.stranger()), display_name="Nobody")
    wilma = ChatParticipant(identifier=people.user(), display_name="Wilma Flinstone", share_history_time=now())
    for _ in range(2):  # the second time as a retry of what failed, which fails again and changes nothing
        failed = thread.add_participants([stranger, wilma])
        equal([participant for participant, _ in failed], [stranger], "participants to try again")
        assert failed[0][1].code in ("403", "404"), failed[0][1].code

    others = [ChatParticipant(identifier=people.user(), display_name=f"Guest {number}") for number in range(3)]
    equal(thread.add_participants(others), [], "participants that could not be added")

    everybody = items(thread.list_participants(results_per_page=5))
    equal(len(everybody), 7, "participants")
    equal(everybody[0].identifier.raw_id, user.raw_id, "first participant")
    names = {participant.identifier.raw_id: participant.display_name for participant in everybody}
    equal(names[newcomers[0].raw_id], "Fred Flinstone", "name of a participant")
    skipped = items(thread.list_participants(results_per_page=5, skip=5))
    equal(
        [participant.identifier.raw_id for participant in skipped],
        [participant.identifier.raw_id for participant in everybody[5:]],
        "participants after the fifth",
    )

    thread.remove_participant(identifier=newcomers[0])
    thread.remove_participant(identifier=CommunicationUserIdentifier(newcomers[1].raw_id))
    left = {participant.identifier.raw_id for participant in items(thread.list_participants())}
    assert not left & {newcomer.raw_id for newcomer in newcomers}, "removed participants are gone"


def notify(thread, user):
    """Typing and receipts."""
    thread.send_typing_notification()
    thread.send_typing_notification(sender_display_name="sender name")

    message_id = thread.send_message("read me").id
    thread.send_read_receipt(message_id=message_id)
    receipts = items(thread.list_read_receipts(results_per_page=5, skip=0))
    equal([receipt.chat_message_id for receipt in receipts], [message_id], "messages with a receipt")
    equal(receipts[0].sender.raw_id, user.raw_id, "sender of the receipt")
    assert receipts[0].read_on is not None
    equal(items(thread.list_read_receipts(results_per_page=5, skip=5)), [], "receipts after the fifth")


def walk(people):
    """From a new user to a deleted thread."""
    user, client = people.client()
    thread = create_threads(client, user)
    read_and_rename_thread(client, thread, user)
    message_id, sent = send_messages(thread)
    read_change_delete_messages(thread, message_id, sent)
    change_participants(people, thread, user)
    notify(thread, user)
    client.delete_chat_thread(thread_id=thread.thread_id)
    listed = items(client.list_chat_threads(results_per_page=20))
    assert all(item.deleted_on for item in listed), "a deleted thread is not listed as if it were there"


def main():
    """The walk with both kinds of client."""
    for clients in CLIENTS:
        with People(clients) as people:
            walk(people)
        print(f"quickstart: every call answered as documented ({clients.name} client)")


if __name__ == "__main__":
    main()
