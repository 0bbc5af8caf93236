// What the chat service has to answer to the JavaScript SDK: every operation, each check with users and threads of its
// own.

import { equal, items, pages, People, refused } from "./people.mjs";

/** A participant whose history begins now. */
function member(id, displayName = "name") {
  return { id, displayName, shareHistoryTime: new Date() };
}

/** A client, its user, and a thread of theirs and the others. */
async function conversation(people, ...others) {
  const { user, client } = await people.client();
  const participants = [user, ...others].map((id) => member(id));
  const { chatThread, invalidParticipants } = await client.createChatThread({ topic: "test topic" }, { participants });
  equal(invalidParticipants, undefined, "participants that could not be added");
  return { user, client, thread: client.getChatThreadClient(chatThread.id) };
}

const CHECKS = {
  async "create with the caller listed hides nothing sent afterwards"(people) {
    const { user, thread } = await conversation(people);
    const { id } = await thread.sendMessage({ content: "hello world" }, { senderDisplayName: "name" });
    equal((await items(thread.listMessages())).some((message) => message.id === id), true, "whether it is listed");
    const participants = await items(thread.listParticipants());
    equal(participants.map((one) => one.id.communicationUserId), [user.communicationUserId], "participants");
  },

  async "create without participants has no errors"(people) {
    const { user, client } = await people.client();
    const { chatThread, invalidParticipants } = await client.createChatThread({ topic: "Ünïcode 😀" });
    equal([chatThread.topic, invalidParticipants], ["Ünïcode 😀", undefined], "topic and errors");
    equal(chatThread.createdBy.communicationUserId, user.communicationUserId, "creator");
    equal(chatThread.createdOn instanceof Date, true, "whether the time is one");
  },

  async "create names who could not be added"(people) {
    const { user, client } = await people.client();
    const stranger = await people.stranger();
    const participants = [member(user), { id: stranger, displayName: "Nobody" }];
    const { invalidParticipants } = await client.createChatThread({ topic: "t" }, { participants });
    equal(invalidParticipants.map((error) => error.target), [stranger.communicationUserId], "who was not added");
  },

  async "the same idempotency token is the same thread"(people) {
    const { client } = await people.client();
    const create = async (idempotencyToken) =>
      (await client.createChatThread({ topic: "t" }, { idempotencyToken })).chatThread.id;
    const token = crypto.randomUUID();
    const first = await create(token);
    equal(await create(token), first, "thread of a repeated request");
    equal((await create(crypto.randomUUID())) === first, false, "whether another token is the same thread");
  },

  async "threads come in pages, and from a time on"(people) {
    const { client } = await people.client();
    const created = [];
    for (const topic of ["a", "b", "c"]) {
      created.push((await client.createChatThread({ topic })).chatThread.id);
    }
    const byPage = await pages(client.listChatThreads({ maxPageSize: 1 }));
    equal(byPage.every((page) => page.length <= 1), true, "pages of one");
    equal(byPage.flat().map((thread) => thread.id).sort(), created.sort(), "threads over all pages");
    const tomorrow = new Date(Date.now() + 86_400_000);
    equal(await items(client.listChatThreads({ startTime: tomorrow })), [], "threads from tomorrow on");
  },

  async "a thread is renamed and goes"(people) {
    const { client, thread } = await conversation(people);
    equal((await thread.getProperties()).id, thread.threadId, "id in the properties");
    await thread.updateTopic("another topic");
    equal((await thread.getProperties()).topic, "another topic", "topic after its update");
    await client.deleteChatThread(thread.threadId);
    await refused(thread.getProperties(), 404, "NotFound");
  },

  async "a message is what was sent"(people) {
    const { user, thread } = await conversation(people);
    const content = "1 < 2 && 'ü' 😀\n\u202eend";
    const options = { senderDisplayName: "sender name", metadata: { tags: "greeting" } };
    const { id } = await thread.sendMessage({ content }, options);
    const message = await thread.getMessage(id);
    equal([message.id, message.type], [id, "text"], "id and type");
    equal(message.content.message, content, "content");
    equal(message.senderDisplayName, "sender name", "sender's name");
    equal(message.sender, { kind: "communicationUser", communicationUserId: user.communicationUserId }, "sender");
    equal(message.metadata, { tags: "greeting" }, "metadata");
    const html = await thread.sendMessage({ content: "<b>bold</b><script>no</script>" }, { type: "html" });
    const kept = await thread.getMessage(html.id);
    equal([kept.type, kept.content.message], ["html", "<b>bold</b>"], "html");
  },

  async "messages come in pages, newest first"(people) {
    const { thread } = await conversation(people);
    const sent = [];
    for (const content of ["1", "2", "3"]) {
      sent.push((await thread.sendMessage({ content })).id);
    }
    const byPage = await pages(thread.listMessages({ maxPageSize: 1 }));
    equal(byPage.every((page) => page.length <= 1), true, "pages of one");
    equal(byPage.flat().slice(0, 3).map((message) => message.id), sent.reverse(), "the latest messages");
    const types = byPage.flat().slice(3).map((message) => message.type);
    equal(types.sort(), ["participantAdded", "topicUpdated"], "messages of the service");
    const tomorrow = new Date(Date.now() + 86_400_000);
    equal(await items(thread.listMessages({ startTime: tomorrow })), [], "messages from tomorrow on");
  },

  async "a message changes and goes"(people) {
    const { thread } = await conversation(people);
    const { id } = await thread.sendMessage({ content: "hello" }, { metadata: { kept: "1", gone: "2" } });
    const before = await thread.getMessage(id);
    await thread.updateMessage(id, { content: "updated", metadata: { gone: "" } });
    const after = await thread.getMessage(id);
    equal([after.content.message, after.metadata], ["updated", { kept: "1" }], "content and metadata");
    equal([after.createdOn, after.editedOn instanceof Date], [before.createdOn, true], "times");
    equal(Number(after.sequenceId) > Number(before.sequenceId), true, "whether the sequence id grew");
    await thread.updateMessage(id);
    await thread.deleteMessage(id);
    const listed = (await items(thread.listMessages())).filter((message) => message.id === id);
    equal(listed.map((message) => message.content.message || ""), [""], "what is left of it");
    equal(listed[0].deletedOn instanceof Date, true, "whether it says that it was deleted");
  },

  async "participants join, are listed from the skip, and leave"(people) {
    const { client, thread } = await conversation(people);
    const [newcomer, stranger] = [await people.client(), await people.stranger()];
    const result = await thread.addParticipants({ participants: [member(newcomer.user), member(stranger)] });
    equal(result.invalidParticipants.map((error) => error.target), [stranger.communicationUserId], "not added");
    const again = await thread.addParticipants({ participants: [member(newcomer.user)] });
    equal(again.invalidParticipants, undefined, "not added the second time");
    const skipped = await pages(thread.listParticipants({ maxPageSize: 1, skip: 1 }));
    equal(skipped.flat().map((one) => one.id), [{ kind: "communicationUser", ...newcomer.user }], "after the first");
    const theirs = newcomer.client.getChatThreadClient(thread.threadId);
    await theirs.removeParticipant(newcomer.user);
    await refused(theirs.sendMessage({ content: "still here" }), 403, "Forbidden");
    equal((await items(thread.listParticipants())).length, 1, "participants");
    await client.deleteChatThread(thread.threadId);
  },

  async "typing, which the SDK lets through once in eight seconds"(people) {
    const { client, thread } = await conversation(people);
    equal(await thread.sendTypingNotification(), true, "whether it was sent");
    equal(await thread.sendTypingNotification(), false, "whether the second was sent");
    const other = client.getChatThreadClient(thread.threadId);
    equal(await other.sendTypingNotification({ senderDisplayName: "John" }), true, "whether a name was sent");
  },

  async "one receipt a participant, my own with them"(people) {
    const other = await people.client();
    const { user, thread } = await conversation(people, other.user);
    const theirs = other.client.getChatThreadClient(thread.threadId);
    const read = async (reader) => {
      const { id: chatMessageId } = await reader.sendMessage({ content: "read me" });
      await reader.sendReadReceipt({ chatMessageId });
      return chatMessageId;
    };
    await read(thread);
    const expected = [[user.communicationUserId, await read(thread)]];
    expected.push([other.user.communicationUserId, await read(theirs)]);
    const receipts = await items(thread.listReadReceipts({ maxPageSize: 1 }));
    const listed = receipts.map((receipt) => [receipt.sender.communicationUserId, receipt.chatMessageId]);
    equal(listed.sort(), expected.sort(), "receipts");
    equal(receipts.every((receipt) => receipt.readOn instanceof Date), true, "whether each has a time");
    equal((await items(thread.listReadReceipts({ skip: 1 }))).length, 1, "receipts after the first");
  },

  async "refusals are errors with a code"(people) {
    const { thread } = await conversation(people);
    const outsider = (await people.client()).client.getChatThreadClient(thread.threadId);
    await refused(outsider.sendMessage({ content: "let me in" }), 403, "Forbidden");
    await refused(thread.sendMessage({ content: "" }), 400, "BadRequest");
    await refused(thread.getMessage("1"), 404, "NotFound");
    const [header, payload] = (await people.token(await people.user())).split(".");
    const forged = people.chatClient(`${header}.${payload}.${"A".repeat(43)}`);
    await refused(forged.createChatThread({ topic: "t" }), 401, "Unauthorized");
  },

  async "a user comes with a token, and loses it"(people) {
    const { user, token } = await people.identity.createUserAndToken(["chat"]);
    const client = people.chatClient(token);
    equal(await items(client.listChatThreads()), [], "threads");
    await people.identity.revokeTokens(user);
    await refused(items(client.listChatThreads()), 401, "Unauthorized");
    await people.identity.deleteUser(user);
  },

  async "a credential that asks for tokens asks once"(people) {
    const user = await people.user();
    let asked = 0;
    const tokenRefresher = () => {
      asked += 1;
      return people.token(user);
    };
    const client = people.chatClient({ tokenRefresher });
    await client.createChatThread({ topic: "t" });
    equal([(await items(client.listChatThreads())).length, asked], [1, 1], "threads, and times it asked");
  },

  async "what is sent at once is there once"(people) {
    const { thread } = await conversation(people);
    const words = Array.from({ length: 20 }, (_, number) => `message ${number}`);
    const sent = await Promise.all(words.map((content) => thread.sendMessage({ content })));
    const said = (await items(thread.listMessages())).filter((message) => message.sender);
    const listed = new Map(said.map((message) => [message.id, message.content.message]));
    equal([said.length, sent.map(({ id }) => listed.get(id))], [words.length, words], "messages");
  },
};

/** What later versions of the SDK can do. */
const LATER = {
  async "metadata and retention of threads, metadata of participants"(people) {
    const { user, client } = await people.client();
    const retentionPolicy = { kind: "threadCreationDate", deleteThreadAfterDays: 40 };
    const { chatThread } = await client.createChatThread(
      { topic: "t" },
      { metadata: { a: "1", b: "2" }, retentionPolicy, participants: [{ id: user, metadata: { role: "host" } }] },
    );
    equal([chatThread.metadata, chatThread.retentionPolicy], [{ a: "1", b: "2" }, retentionPolicy], "new thread");
    const thread = client.getChatThreadClient(chatThread.id);
    const other = await people.user();
    await thread.addParticipants({ participants: [{ id: other, displayName: "Kim", metadata: { role: "guest" } }] });
    const roles = (await items(thread.listParticipants())).map((one) => one.metadata.role);
    equal(roles, ["host", "guest"], "metadata of the participants");
    await thread.updateProperties({ topic: "new", metadata: { a: "3" }, retentionPolicy: { kind: "none" } });
    const { topic, metadata, retentionPolicy: kept } = await thread.getProperties();
    equal([topic, metadata, kept], ["new", { a: "3", b: "2" }, { kind: "none" }], "after the update");
  },
};

/** Runs every check that the SDK's version knows; gives what to print, and how many failed. */
export async function runChecks(sdk, connectionString) {
  const later = "updateProperties" in sdk.chat.ChatThreadClient.prototype ? LATER : {};
  const checks = Object.entries({ ...CHECKS, ...later });
  const lines = [];
  let failed = 0;
  for (const [name, check] of checks) {
    const people = new People(sdk, connectionString);
    try {
      await check(people);
      await people.leave();
    } catch (error) {
      failed += 1;
      lines.push(`FAILED ${name}: ${error.stack}`);
    }
  }
  lines.push(`acceptance: ${checks.length - failed} of ${checks.length} checks hold`);
  return { lines, failed };
}
