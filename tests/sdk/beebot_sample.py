"""The vendor's sample of a streaming conversation (Python, 2022-04-08), against the stand-in.

It takes the steps of the sample with the same packages: a signed call for a token, the signature of the stream, a question,
and each line as it comes. As in the document's own list of what to change, other are only the endpoint, the protocol and the
host in the address of the stream, and `&timestamp`, which the page that shows the sample has lost to HTML. Both methods of
signing are tried; checked is what the sample prints.
"""

import hashlib
import json
import os
import time
import uuid

import requests
from alibabacloud_openapi_util.client import Client as OpenApiUtilClient
from alibabacloud_tea_openapi import models as open_api_models
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from alibabacloud_tea_util import models as util_models

STAND_IN = os.environ["NATTER_BEEBOT"].removeprefix("http://")


class Sample:
    """The sample's own functions."""

    ACCESS_KEY_ID = os.environ["NATTER_BEEBOT_KEY_ID"]
    ACCESS_KEY_SECRET = os.environ["NATTER_BEEBOT_KEY_SECRET"]

    @staticmethod
    def create_client(signature_algorithm, secret):
        config = open_api_models.Config(access_key_id=Sample.ACCESS_KEY_ID, access_key_secret=secret)
        config.endpoint = STAND_IN
        config.protocol = "HTTP"
        config.signature_algorithm = signature_algorithm
        return OpenApiClient(config)

    @staticmethod
    def get_sign(stream_secret, timestamp):
        text_to_hash = f"streamSecret={stream_secret}&timestamp={timestamp}"
        return hashlib.md5(text_to_hash.encode("utf-8")).hexdigest()

    @staticmethod
    def apply(agent_key, signature_algorithm, secret=ACCESS_KEY_SECRET):
        client = Sample.create_client(signature_algorithm, secret)
        params = open_api_models.Params(
            action="ApplyForStreamAccessToken",
            version="2022-04-08",
            protocol="HTTPS",
            method="POST",
            auth_type="AK",
            style="RPC",
            pathname="/",
            req_body_type="json",
            body_type="json",
        )
        queries = {"AgentKey": agent_key}
        runtime = util_models.RuntimeOptions()
        request = open_api_models.OpenApiRequest(query=OpenApiUtilClient.query(queries))
        return client.call_api(params, request, runtime)["body"]

    @staticmethod
    def create_request_body(message_id, instance_id, utterance):
        value = json.dumps({"InstanceId": instance_id, "Utterance": utterance}, ensure_ascii=False)
        return {
            "messageId": message_id,
            "action": "TongyiBeebotChat",
            "version": "2022-04-08",
            "data": [{"type": "JSON_TEXT", "value": value}],
        }

    @staticmethod
    def sse_request(url, payload):
        session = requests.Session()
        headers = {"Content-Type": "application/json"}
        with session.post(url, headers=headers, data=json.dumps(payload), stream=True, timeout=60) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line:
                    yield line.decode("utf-8")


def run(signature_algorithm):
    """What the sample does when it is started."""
    applied = Sample.apply("f6b6af483_p_beebot_public", signature_algorithm)
    time_millis = int(time.time() * 1000)
    sign = Sample.get_sign(applied["StreamSecret"], time_millis)
    template = "http://{Host}/sse/paas4Json/{AccessToken}/{ChannelId}/{Sign}/{Timestamp}"
    url = template.format(
        Host=STAND_IN,
        AccessToken=applied["AccessToken"],
        ChannelId=applied["ChannelId"],
        Sign=sign,
        Timestamp=time_millis,
    )
    message_id = str(uuid.uuid4())
    payload = Sample.create_request_body(message_id, "chatbot-cn-Aei", "你有什么技能?")
    lines = []
    for line in Sample.sse_request(url, payload):
        print(f"Received: {line}")
        lines.append(line)
    check(lines, message_id)
    try:
        list(Sample.sse_request(url.replace(sign, "0" * 32), payload))
    except requests.HTTPError as error:
        assert error.response.status_code == 403, error
    else:
        raise AssertionError("a wrong signature opens a stream")


def check(lines, message_id):
    """The transcript has the shape of the one that the vendor shows."""
    outers = [json.loads(line.removeprefix("data:")) for line in lines]
    inners = [json.loads(outer["data"][0]["value"]) for outer in outers]
    assert len(lines) >= 5, lines
    assert all(outer["messageId"] == message_id and outer["success"] for outer in outers)
    assert list(inners[0]) == ["IsAIGC", "MessageId", "SequenceId", "SessionId", "StreamEnd"], inners[0]
    names = ["IsAIGC", "MessageBody", "MessageId", "QuerySegList", "SequenceId", "SessionId", "Source", "StreamEnd"]
    assert all(list(inner) == names for inner in inners[1:]), inners[1]
    assert [inner["StreamEnd"] for inner in inners] == [False] * (len(inners) - 1) + [True]
    texts = [inner["MessageBody"]["DirectMessageBody"]["SentenceList"][0]["Content"] for inner in inners[1:]]
    assert texts[0] == "" and texts[-1] == texts[-2] and texts[-1].startswith("我是个大模型"), texts
    assert all(later.startswith(earlier) for earlier, later in zip(texts, texts[1:])), texts
    assert len({inner["SessionId"] for inner in inners}) == 1
    assert len({inner["SequenceId"] for inner in inners}) == len(inners)


def refused(signature_algorithm):
    """A wrong secret is an exception that says so, as the SDK makes of such a refusal."""
    try:
        Sample.apply("f6b6af483_p_beebot_public", signature_algorithm, "wrong")
    except Exception as error:
        assert "SignatureDoesNotMatch" in str(error), error
    else:
        raise AssertionError("a wrong secret gets a token")


for algorithm in (None, "v2"):
    run(algorithm)
    refused(algorithm)
print("the sample runs with both signatures")
