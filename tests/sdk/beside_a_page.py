"""The quickstart's thread and messages, while somebody has that thread open in a page.

Who that is, NATTER_SPECTATOR says. Each step prints a line; a line on standard input lets the next one begin.
"""

import os
import time

from azure.communication.chat import ChatParticipant, CommunicationUserIdentifier

from common import Blocking, People, equal, items
from quickstart import create_threads, send_messages


def tell(*words):
    """A line for whoever started this."""
    print(*words, flush=True)


def hear(thread, words):
    """Waits for a message; gives it."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for message in items(thread.list_messages(results_per_page=20)):
            if message.content and message.content.message == words:
                return message
        time.sleep(0.2)  # as the document says: "at given intervals"
    raise AssertionError(f"not heard: {words!r}")


def main():
    """One thread, messages both ways, and its end."""
    with People(Blocking) as people:
        user, client = people.client()
        thread = create_threads(client, user)
        spectator = CommunicationUserIdentifier(os.environ["NATTER_SPECTATOR"])
        equal(thread.add_participants([ChatParticipant(identifier=spectator, display_name="Mei")]), [], "failures")
        tell("thread", thread.thread_id)

        input()
        send_messages(thread)
        thread.send_message("hello from the SDK", sender_display_name="The SDK")
        tell("sent")

        message = hear(thread, "hello from the page")
        equal(message.type, "text", "type of what the page sent")
        equal(message.sender.raw_id, spectator.raw_id, "sender of what the page sent")
        tell("heard")

        input()
        client.delete_chat_thread(thread.thread_id)
        tell("done")


if __name__ == "__main__":
    main()
