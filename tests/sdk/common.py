"""What the programs share: the resource to talk to, people in it, and checks that say what they expect."""

import asyncio
import inspect
import logging
import os
from urllib.parse import urlparse

from azure.communication.chat import ChatClient, CommunicationTokenCredential, aio
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncIdentityClient

# The documents hand over times without a zone, and both SDKs remark on it each time.
for name in ("azure", "msrest"):
    logging.getLogger(name).setLevel(logging.ERROR)

CONNECTION_STRING = os.environ["COMMUNICATION_SAMPLES_CONNECTION_STRING"]


def endpoint():
    """The address in the connection string, without its last slash."""
    parts = dict(part.split("=", 1) for part in CONNECTION_STRING.split(";") if part)
    address = urlparse(parts["endpoint"])
    return f"{address.scheme}://{address.netloc}"


class Blocking:
    """The SDK's blocking clients."""

    name = "blocking"

    def identity(self):
        """The client that holds the access key."""
        return CommunicationIdentityClient.from_connection_string(CONNECTION_STRING)

    def chat(self, token):
        """The client that holds a token."""
        return ChatClient(endpoint(), CommunicationTokenCredential(token))

    def close(self):
        """Nothing of it stays open."""


class Asynchronous:
    """The SDK's asynchronous clients, on a loop of their own, called as if they were blocking."""

    name = "asynchronous"

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._opened = []

    def identity(self):
        """The client that holds the access key."""
        return self.awaited(AsyncIdentityClient.from_connection_string(CONNECTION_STRING))

    def chat(self, token):
        """The client that holds a token."""
        return self.awaited(aio.ChatClient(endpoint(), aio.CommunicationTokenCredential(token)))

    def awaited(self, client):
        """The client as a blocking one; each has connections of its own to be closed."""
        self._opened.append(client)
        return Awaited(self, client)

    def close(self):
        """Ends the connections, and the loop."""
        for client in self._opened:
            self.loop.run_until_complete(client.close())
        self.loop.close()


CLIENTS = (Blocking, Asynchronous)


class Awaited:
    """An asynchronous client whose calls return when they are done."""

    def __init__(self, clients, client):
        self._clients = clients
        self.client = client

    def __getattr__(self, name):
        member = getattr(self.client, name)
        if not callable(member):
            return member
        return lambda *arguments, **named: self._done(member(*arguments, **named))

    def _done(self, answer):
        if inspect.isawaitable(answer):
            return self._clients.loop.run_until_complete(answer)
        if hasattr(answer, "by_page"):
            return AwaitedPages(self._clients.loop, answer)
        assert isinstance(answer, aio.ChatThreadClient), answer
        return self._clients.awaited(answer)


class AwaitedPages:
    """A list of an asynchronous client, whose pages are there when they are asked for."""

    def __init__(self, loop, paged):
        self._loop = loop
        self._paged = paged

    def by_page(self):
        """Every page."""

        async def read():
            return [[item async for item in page] async for page in self._paged.by_page()]

        return self._loop.run_until_complete(read())


class People:
    """Creates users of the resource, and removes them at the end."""

    def __init__(self, clients):
        self.clients = clients()
        self.identity = self.clients.identity()
        self._users = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for user in self._users:
            self.identity.delete_user(user)
        self.clients.close()

    def user(self):
        """A user without a token: somebody to add to threads."""
        user = self.identity.create_user()
        assert user.properties["id"].startswith("8:acs:"), user.raw_id
        self._users.append(user)
        return user

    def token(self, user):
        """A token to chat with."""
        answer = self.identity.get_token(user, scopes=["chat"])
        assert answer.token.count(".") == 2, "a token is a JWT"
        return answer.token

    def client(self):
        """A user and the chat client that acts for them."""
        user = self.user()
        return user, self.clients.chat(self.token(user))

    def stranger(self):
        """An identifier of the resource's own form that belongs to nobody."""
        known = self.user().raw_id
        return known[:-12] + "0" * 12


def pages(paged):
    """Everything that a paged list returns, page by page."""
    return [list(page) for page in paged.by_page()]


def items(paged):
    """Everything that a paged list returns, following its pages."""
    return [item for page in pages(paged) for item in page]


def equal(actual, expected, what):
    """Says what was expected, and what was there instead."""
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"
