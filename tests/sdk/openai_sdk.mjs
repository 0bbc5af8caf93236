// The official openai package in Node, against the service's own chat completions.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.NATTER_PACKAGES, "package.json"));
const { OpenAI, AuthenticationError } = load("openai");

const baseURL = `${process.env.NATTER_HTTP}/v1`;
const model = "natter-built-in";
const messages = [
  { role: "user", content: "The budget is 500 euros. We meet on Friday." },
  { role: "user", content: "Who said something about the budget?" },
];

function check(text) {
  assert.match(text, /^\*Built-in assistant/);
  assert.ok(text.includes("The budget is 500 euros.") && !text.includes("Friday"), text);
}

const client = new OpenAI({ baseURL, apiKey: process.env.NATTER_TOKEN, maxRetries: 0 });
const models = await client.models.list();
assert.deepEqual(models.data.map(({ id }) => id), [model]);

const whole = await client.chat.completions.create({ model, messages });
check(whole.choices[0].message.content);

const stream = await client.chat.completions.create({ model, messages, stream: true });
const pieces = [];
for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta?.content ?? "");
check(pieces.join(""));
assert.ok(pieces.length > 5);

const stranger = new OpenAI({ baseURL, apiKey: "sk-wrong", maxRetries: 0 });
await assert.rejects(stranger.chat.completions.create({ model, messages }), AuthenticationError);
console.log("the openai package streams");
