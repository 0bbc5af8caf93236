// Every event that the service sends to webhooks, as @azure/eventgrid reads it, in both schemas.

import { createHash, createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { People, endpoint, equal } from "./people.mjs";
import { connectionString, sdk } from "./sdk.mjs";

const load = createRequire(join(process.env.NATTER_PACKAGES, "package.json"));
const { EventGridDeserializer, isSystemEvent } = load("@azure/eventgrid");
// What the package knows of the data of each type; it hands out no more than types for TypeScript.
const mappers = load(join(process.env.NATTER_PACKAGES, "node_modules/@azure/eventgrid/dist/commonjs/generated/models/mappers.js"));
const { createSerializer } = load("@azure/core-client");
const serializer = createSerializer(mappers);

/** Each type, the model of its data, and how many there are of it. */
const TYPES = {
  ChatThreadCreated: ["AcsChatThreadCreatedEventData", 1],
  ChatThreadCreatedWithUser: ["AcsChatThreadCreatedWithUserEventData", 1],
  ChatMessageReceivedInThread: ["AcsChatMessageReceivedInThreadEventData", 1],
  ChatMessageReceived: ["AcsChatMessageReceivedEventData", 1],
  ChatMessageEditedInThread: ["AcsChatMessageEditedInThreadEventData", 1],
  ChatMessageEdited: ["AcsChatMessageEditedEventData", 1],
  ChatMessageDeletedInThread: ["AcsChatMessageDeletedInThreadEventData", 1],
  ChatMessageDeleted: ["AcsChatMessageDeletedEventData", 1],
  ChatThreadPropertiesUpdated: ["AcsChatThreadPropertiesUpdatedEventData", 1],
  ChatThreadPropertiesUpdatedPerUser: ["AcsChatThreadPropertiesUpdatedPerUserEventData", 1],
  ChatThreadParticipantAdded: ["AcsChatParticipantAddedToThreadEventData", 1],
  ChatParticipantAddedToThreadWithUser: ["AcsChatParticipantAddedToThreadWithUserEventData", 2],
  ChatThreadParticipantRemoved: ["AcsChatParticipantRemovedFromThreadEventData", 1],
  ChatParticipantRemovedFromThreadWithUser: ["AcsChatParticipantRemovedFromThreadWithUserEventData", 2],
  ChatThreadDeleted: ["AcsChatThreadDeletedEventData", 1],
  ChatThreadWithUserDeleted: ["AcsChatThreadWithUserDeletedEventData", 1],
};

const EXPECTED = Object.values(TYPES).reduce((sum, [, count]) => sum + count, 0);

/** A request of the resource's owner. */
async function signed(method, path, body) {
  const { host } = new URL(endpoint(connectionString));
  const key = Buffer.from(connectionString.match(/accesskey=([^;]+)/i)[1], "base64");
  const text = body === undefined ? "" : JSON.stringify(body);
  const date = new Date().toUTCString();
  const hash = createHash("sha256").update(text).digest("base64");
  const signature = createHmac("sha256", key).update(`${method}\n${path}\n${date};${host};${hash}`).digest("base64");
  const reply = await fetch(endpoint(connectionString) + path, {
    method,
    headers: {
      "content-type": "application/json",
      "x-ms-date": date,
      "x-ms-content-sha256": hash,
      authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    },
    body: text || undefined,
  });
  const answer = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${answer}`);
  return answer && JSON.parse(answer);
}

/** A server that says yes and keeps what comes; `all` is fulfilled when so many events are there. */
async function receiver(count) {
  const got = [];
  let enough;
  const all = new Promise((resolve) => (enough = resolve));
  const deserializer = new EventGridDeserializer();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.method === "OPTIONS") {
      response.setHeader("WebHook-Allowed-Origin", request.headers["webhook-request-origin"]);
      return response.end();
    }
    if (request.headers["aeg-event-type"] === "SubscriptionValidation") {
      const [event] = await deserializer.deserializeEventGridEvents(body);
      equal(isSystemEvent("Microsoft.EventGrid.SubscriptionValidationEvent", event), true, "the question");
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ validationResponse: event.data.validationCode }));
    }
    got.push({ headers: request.headers, body });
    response.end();
    if (got.length === count) enough(got);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, all, close: () => server.close() };
}

/** All that can happen. */
async function live(people) {
  const [ann, bob] = [await people.client(), await people.client()];
  const carl = await people.user();
  const created = await ann.client.createChatThread(
    { topic: "First" },
    { participants: [{ id: ann.user, displayName: "Ann" }, { id: bob.user, displayName: "Bob" }], idempotencyToken: randomUUID() },
  );
  const thread = ann.client.getChatThreadClient(created.chatThread.id);
  const { id } = await thread.sendMessage({ content: "Hello" }, { senderDisplayName: "Ann" });
  await thread.updateMessage(id, { content: "Hi", metadata: { k: "v" } });
  await thread.deleteMessage(id);
  await thread.updateTopic("Second");
  await thread.addParticipants({ participants: [{ id: carl, displayName: "Carl" }] });
  await thread.removeParticipant(carl);
  await ann.client.deleteChatThread(created.chatThread.id);
}

/** The event in a request, checked from the signature down to the data. */
async function read({ headers, body }, schema, secret) {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  equal(headers["webhook-signature"], `v1,${createHmac("sha256", key).update(text).digest("base64")}`, "signature");
  const deserializer = new EventGridDeserializer();
  const events = schema === "eventGrid" ? await deserializer.deserializeEventGridEvents(body) : await deserializer.deserializeCloudEvents(body);
  equal(events.length, 1, "events in a request");
  const [event] = events;
  equal(event.id, headers["webhook-id"], "id of the event");
  const type = event.eventType ?? event.type;
  const name = type.replace("Microsoft.Communication.", "");
  equal(isSystemEvent(type, event), true, type);
  equal((event.eventTime ?? event.time) instanceof Date, true, "a time");
  const { version, ...data } = event.data;
  // The vendor's service sends a text in these three, against its own types.
  const inThread = /^ChatMessage.*InThread$/.test(name);
  equal(typeof version, inThread ? "string" : "number", `version of ${name}`);
  const [model] = TYPES[name];
  const checked = { ...data, version: Number(version) };
  if (data.properties) {
    // The model wants objects as values, and the vendor's own samples have the topic as a text.
    equal(typeof data.properties.topic, "string", `topic of ${name}`);
    checked.properties = {};
  }
  // Throws when something is missing or of another type.
  serializer.serialize(mappers[model], checked, name);
  for (const property of Object.keys(data).filter((key) => /(time|createTime|editTime|deleteTime|composeTime)$/i.test(key))) {
    equal(Number.isNaN(Date.parse(data[property])), false, `${property} of ${name}`);
  }
  return name;
}

const people = new People(sdk, connectionString);
for (const schema of ["eventGrid", "cloudEvents"]) {
  const { url, all, close } = await receiver(EXPECTED);
  const subscription = await signed("POST", "/natter/v1/event-subscriptions", { url, schema });
  await live(people);
  const counts = {};
  for (const request of await all) {
    const name = await read(request, schema, subscription.secret);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  for (const [name, [, count]] of Object.entries(TYPES)) equal(counts[name], count, `${name} as ${schema}`);
  await signed("DELETE", `/natter/v1/event-subscriptions/${subscription.id}`);
  close();
  console.log(`webhooks: ${EXPECTED} events of ${Object.keys(counts).length} types, as ${schema}`);
}
await people.leave();
process.exit(0);
