"""Sends messages through a network that loses replies: each is there once in the end, under the id that came back.

NATTER_REPEATS says who may repeat a send whose reply was lost: the `sdk` alone, by its own rules and ids, or the
`application` too, as one that took an id for the message before it first sent it. NATTER_MESSAGES says how many.
"""

import asyncio
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from azure.core.exceptions import AzureError, HttpResponseError

from common import CLIENTS, Asynchronous, People, equal, items

MESSAGES = int(os.environ["NATTER_MESSAGES"])
AT_ONCE = 25
PATIENCE = 1  # seconds; a reply that comes later is as good as lost; a busy machine is given more each time
ATTEMPTS = 20

REPEATS = os.environ["NATTER_REPEATS"]
assert REPEATS in ("sdk", "application")


async def send(call, words):
    """Sends once, and again while nobody says what became of it."""
    if REPEATS == "sdk":
        return (await call(words)).id
    request_id = str(uuid4())
    for attempt in range(ATTEMPTS):
        patience = PATIENCE * (attempt + 1)
        try:
            return (await call(words, request_id=request_id, read_timeout=patience)).id
        except HttpResponseError as error:
            assert error.status_code in (429, 503), error
        except AzureError:
            pass  # neither yes nor no: the connection ended, or it took too long
    raise AssertionError(f"{words} was not acknowledged in {ATTEMPTS} attempts")


async def send_all(thread, asynchronous):
    """Sends every message, some at a time; gives their ids by what they say."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def call(words, **options):
        if asynchronous:
            return await thread.client.send_message(words, **options)
        return await asyncio.to_thread(thread.send_message, words, **options)

    async def take_turn(words):
        async with turn:
            return words, await send(call, words)

    return dict(await asyncio.gather(*(take_turn(f"message {number}") for number in range(MESSAGES))))


def main():
    """With both kinds of client."""
    for clients in CLIENTS:
        with People(clients) as people:
            _, client = people.client()
            thread = client.get_chat_thread_client(client.create_chat_thread("lost replies").chat_thread.id)
            asynchronous = isinstance(people.clients, Asynchronous)
            loop = people.clients.loop if asynchronous else asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(AT_ONCE))
            sent = loop.run_until_complete(send_all(thread, asynchronous))
            if not asynchronous:
                loop.close()
            said = [message for message in items(thread.list_messages(results_per_page=200)) if message.sender]
            times = Counter(message.content.message for message in said)
            equal({words: count for words, count in times.items() if count > 1}, {}, "messages that are there twice")
            equal({message.content.message: message.id for message in said}, sent, "messages and their ids")
            print(f"lost replies: {len(said)} messages sent, each there once ({clients.name} client)")


if __name__ == "__main__":
    main()
