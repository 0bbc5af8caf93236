"""What both programs share: the resource to talk to, people in it, and checks that say what they expect."""

import logging
import os
from urllib.parse import urlparse

from azure.communication.chat import ChatClient, CommunicationTokenCredential
from azure.communication.identity import CommunicationIdentityClient

# The documents hand over times without a zone, and both SDKs remark on it each time.
for name in ("azure", "msrest"):
    logging.getLogger(name).setLevel(logging.ERROR)

CONNECTION_STRING = os.environ["COMMUNICATION_SAMPLES_CONNECTION_STRING"]


def endpoint():
    """The address in the connection string, without its last slash."""
    parts = dict(part.split("=", 1) for part in CONNECTION_STRING.split(";") if part)
    address = urlparse(parts["endpoint"])
    return f"{address.scheme}://{address.netloc}"


class People:
    """Creates users of the resource, and removes them at the end."""

    def __init__(self):
        self.identity = CommunicationIdentityClient.from_connection_string(CONNECTION_STRING)
        self._users = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for user in self._users:
            self.identity.delete_user(user)

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
        return user, ChatClient(endpoint(), CommunicationTokenCredential(self.token(user)))

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
