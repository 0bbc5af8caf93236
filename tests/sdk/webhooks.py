"""Every event that the service sends to webhooks, as azure-eventgrid reads it, in both schemas."""

import base64
import hashlib
import hmac
import json
import os
import queue
import threading
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

import requests
from azure.communication.chat import ChatParticipant
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent, SystemEventNames

from common import Blocking, CONNECTION_STRING, People, endpoint, equal

# Longer than anything takes.
PATIENCE = 30

# The types that the service sends, and how often each is when all that can happen happens once.
TYPES = {
    SystemEventNames.AcsChatThreadCreatedEventName: 1,
    SystemEventNames.AcsChatThreadCreatedWithUserEventName: 1,
    SystemEventNames.AcsChatMessageReceivedInThreadEventName: 1,
    SystemEventNames.AcsChatMessageReceivedEventName: 1,
    SystemEventNames.AcsChatMessageEditedInThreadEventName: 1,
    SystemEventNames.AcsChatMessageEditedEventName: 1,
    SystemEventNames.AcsChatMessageDeletedInThreadEventName: 1,
    SystemEventNames.AcsChatMessageDeletedEventName: 1,
    SystemEventNames.AcsChatThreadPropertiesUpdatedEventName: 1,
    SystemEventNames.AcsChatThreadPropertiesUpdatedPerUserEventName: 1,
    SystemEventNames.AcsChatParticipantAddedToThreadEventName: 1,
    SystemEventNames.AcsChatParticipantAddedToThreadWithUserEventName: 2,
    SystemEventNames.AcsChatParticipantRemovedFromThreadEventName: 1,
    SystemEventNames.AcsChatParticipantRemovedFromThreadWithUserEventName: 2,
    SystemEventNames.AcsChatThreadDeletedEventName: 1,
    SystemEventNames.AcsChatThreadWithUserDeletedEventName: 1,
}


def signed(method, path, body=None):
    """A request of the resource's owner."""
    parts = dict(part.split("=", 1) for part in CONNECTION_STRING.split(";") if part)
    host = urlparse(endpoint()).netloc
    text = "" if body is None else json.dumps(body)
    date = format_datetime(datetime.now(timezone.utc), usegmt=True)
    content = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    string = f"{method}\n{path}\n{date};{host};{content}"
    signature = mac(base64.b64decode(parts["accesskey"]), string)
    scheme = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
    headers = {
        "Content-Type": "application/json",
        "x-ms-date": date,
        "x-ms-content-sha256": content,
        "Authorization": scheme + signature,
    }
    reply = requests.request(
        method, endpoint() + path, data=text, headers=headers, timeout=PATIENCE, verify=os.environ["REQUESTS_CA_BUNDLE"]
    )
    assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
    return reply.json() if reply.text else None


def mac(key, text):
    """The signature of a text under a key."""
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


class Receiver:
    """A server that says yes and keeps what comes."""

    def __init__(self):
        self.got = queue.Queue()
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            """Answers the handshakes and takes everything else."""

            def do_OPTIONS(self):
                """The question of CloudEvents."""
                self.send_response(200)
                self.send_header("WebHook-Allowed-Origin", self.headers["WebHook-Request-Origin"])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                """Events, and the question of Event Grid."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = b""
                if self.headers["aeg-event-type"] == "SubscriptionValidation":
                    event = EventGridEvent.from_json(json.dumps(json.loads(body)[0]))
                    equal(event.event_type, SystemEventNames.EventGridSubscriptionValidationEventName, "question")
                    answer = json.dumps({"validationResponse": event.data["validationCode"]}).encode()
                else:
                    got.put((self.headers, body))
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def live(people):
    """All that can happen."""
    (ann, client), (bob, _) = people.client(), people.client()
    carl = people.user()
    members = [ChatParticipant(identifier=ann, display_name="Ann"), ChatParticipant(identifier=bob, display_name="Bob")]
    created = client.create_chat_thread("First", thread_participants=members)
    thread = client.get_chat_thread_client(created.chat_thread.id)
    message = thread.send_message("Hello", sender_display_name="Ann", metadata={"k": "v"}).id
    thread.update_message(message, "Hi")
    thread.delete_message(message)
    thread.update_topic("Second")
    thread.add_participants([ChatParticipant(identifier=carl, display_name="Carl")])
    thread.remove_participant(carl)
    client.delete_chat_thread(created.chat_thread.id)


def read(headers, body, schema, secret):
    """The type of the event in a request, checked from the signature down."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    equal(headers["webhook-signature"], "v1," + mac(key, text), "signature")
    if schema == "eventGrid":
        (given,) = json.loads(body)
        event = EventGridEvent.from_json(json.dumps(given))
        equal((event.data_version, event.metadata_version), ("1.0", "1"), "versions")
        assert isinstance(event.event_time, datetime), event.event_time
        assert event.topic.startswith("/subscriptions/"), event.topic
        name = event.event_type
    else:
        event = CloudEvent.from_json(body)
        equal((event.specversion, event.datacontenttype), ("1.0", "application/json"), "envelope")
        assert isinstance(event.time, datetime), event.time
        assert event.source.startswith("/subscriptions/"), event.source
        name = event.type
    equal(event.id, headers["webhook-id"], "id")
    assert event.subject.startswith(f"thread/{event.data['threadId']}/"), event.subject
    return SystemEventNames(name)


def every_event_is_parsed(schema):
    """Subscribes, lives, and reads what comes of it."""
    receiver = Receiver()
    subscription = signed("POST", "/natter/v1/event-subscriptions", {"url": receiver.url, "schema": schema})
    counts = dict.fromkeys(TYPES, 0)
    with People(Blocking) as people:
        live(people)
        for _ in range(sum(TYPES.values())):
            headers, body = receiver.got.get(timeout=PATIENCE)
            counts[read(headers, body, schema, subscription["secret"])] += 1
    equal(counts, TYPES, f"events as {schema}")
    signed("DELETE", f"/natter/v1/event-subscriptions/{subscription['id']}")
    receiver.server.shutdown()
    print(f"webhooks: {sum(TYPES.values())} events of {len(TYPES)} types, as {schema}")


if __name__ == "__main__":
    for name in ("eventGrid", "cloudEvents"):
        every_event_is_parsed(name)
