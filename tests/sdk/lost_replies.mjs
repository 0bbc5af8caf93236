// Sends messages through a network that loses replies: each is there once in the end, under the id that came back.
//
// NATTER_REPEATS says who may repeat a send whose reply was lost: the `sdk` alone, by its own rules and ids, or the
// `application` too, as one that took an id for the message before it first sent it. NATTER_MESSAGES says how many.

import { equal, items, People } from "./people.mjs";
import { connectionString, sdk } from "./sdk.mjs";

const MESSAGES = Number(process.env.NATTER_MESSAGES);
const AT_ONCE = 25;
const PATIENCE_MS = 1000; // a reply that comes later is as good as lost; a busy machine is given more each time
const ATTEMPTS = 20;

const repeats = process.env.NATTER_REPEATS;
equal(["sdk", "application"].includes(repeats), true, `whether ${repeats} may repeat`);

/** Sends once, and again while nobody says what became of it. */
async function send(thread, content) {
  if (repeats === "sdk") {
    return (await thread.sendMessage({ content })).id;
  }
  const customHeaders = { "x-ms-client-request-id": crypto.randomUUID() };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      const requestOptions = { customHeaders, timeout: PATIENCE_MS * (attempt + 1) };
      return (await thread.sendMessage({ content }, { requestOptions })).id;
    } catch (error) {
      if (![undefined, 429, 503].includes(error.statusCode)) {
        throw error;
      }
    }
  }
  throw new Error(`${content} was not acknowledged in ${ATTEMPTS} attempts`);
}

const people = new People(sdk, connectionString);
const { client } = await people.client();
const { chatThread } = await client.createChatThread({ topic: "lost replies" });
const thread = client.getChatThreadClient(chatThread.id);

const waiting = Array.from({ length: MESSAGES }, (_, number) => `message ${number}`);
const sent = [];
async function sendSome() {
  for (let content = waiting.shift(); content !== undefined; content = waiting.shift()) {
    sent.push([content, await send(thread, content)]);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, sendSome));

const said = (await items(thread.listMessages({ maxPageSize: 200 }))).filter((message) => message.sender);
const words = said.map((message) => message.content.message);
equal(words.filter((one, place) => words.indexOf(one) !== place), [], "messages that are there twice");
const listed = said.map((message) => [message.content.message, message.id]);
equal(listed.sort(), sent.sort(), "messages and their ids");
await people.leave();
console.log(`lost replies: ${said.length} messages sent, each there once`);
