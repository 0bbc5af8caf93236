"""The official openai package, blocking and asynchronous, against the service's own chat completions."""

import asyncio
import os

from openai import AsyncOpenAI, AuthenticationError, NotFoundError, OpenAI

BASE = os.environ["NATTER_HTTP"] + "/v1"
KEY = os.environ["NATTER_TOKEN"]
MODEL = "natter-built-in"
MESSAGES = [
    {"role": "user", "content": "The budget is 500 euros. We meet on Friday."},
    {"role": "user", "content": "Who said something about the budget?"},
]


def check(text):
    """The answer is the built-in assistant's, and rests on what was said."""
    assert text.startswith("*Built-in assistant"), text
    assert "The budget is 500 euros." in text and "Friday" not in text, text


def blocking():
    client = OpenAI(base_url=BASE, api_key=KEY, max_retries=0)
    assert [model.id for model in client.models.list()] == [MODEL]
    whole = client.chat.completions.create(model=MODEL, messages=MESSAGES)
    check(whole.choices[0].message.content)
    assert whole.usage.total_tokens > 0
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options=options))
    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    check("".join(said))
    assert len(said) > 5, said
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens
    for wrong, error in (({"api_key": "sk-wrong"}, AuthenticationError), ({}, NotFoundError)):
        try:
            other = OpenAI(base_url=BASE, max_retries=0, **({"api_key": KEY} | wrong))
            other.chat.completions.create(model=MODEL if wrong else "gpt", messages=MESSAGES)
        except error:
            pass
        else:
            raise AssertionError(f"{error} did not come")


async def asynchronous():
    client = AsyncOpenAI(base_url=BASE, api_key=KEY, max_retries=0)
    stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
    check("".join([chunk.choices[0].delta.content or "" async for chunk in stream]))


blocking()
asyncio.run(asynchronous())
print("the openai package streams")
