// What the JavaScript programs share: the resource to talk to, people in it, and checks that say what they expect.
//
// In Node and in a browser alike, so the SDK is handed in: { chat, common, identity }, one module each.

/** The address in a connection string, without its last slash. */
export function endpoint(connectionString) {
  return connectionString.match(/endpoint=([^;]+)/i)[1].replace(/\/$/, "");
}

/** Creates users of the resource, and removes them at the end. */
export class People {
  constructor(sdk, connectionString) {
    this.sdk = sdk;
    this.endpoint = endpoint(connectionString);
    this.identity = new sdk.identity.CommunicationIdentityClient(connectionString);
    this.users = [];
  }

  /** A user without a token: somebody to add to threads. */
  async user() {
    const { communicationUserId } = await this.identity.createUser();
    equal(communicationUserId.startsWith("8:acs:"), true, `form of ${communicationUserId}`);
    this.users.push(communicationUserId);
    return { communicationUserId };
  }

  /** A token to chat with. */
  async token(user) {
    return (await this.identity.getToken(user, ["chat"])).token;
  }

  /** The chat client that holds a token, or asks for one. */
  chatClient(tokenOrRefresh) {
    const credential = new this.sdk.common.AzureCommunicationTokenCredential(tokenOrRefresh);
    return new this.sdk.chat.ChatClient(this.endpoint, credential);
  }

  /** A user and the chat client that acts for them. */
  async client() {
    const user = await this.user();
    return { user, client: this.chatClient(await this.token(user)) };
  }

  /** An identifier of the resource's own form that belongs to nobody. */
  async stranger() {
    const { communicationUserId } = await this.user();
    return { communicationUserId: communicationUserId.slice(0, -12) + "0".repeat(12) };
  }

  async leave() {
    for (const communicationUserId of this.users) {
      await this.identity.deleteUser({ communicationUserId });
    }
  }
}

/** Everything that a paged list returns, page by page. */
export async function pages(paged) {
  const read = [];
  for await (const page of paged.byPage()) {
    read.push(page);
  }
  return read;
}

/** Everything that a paged list returns. */
export async function items(paged) {
  const read = [];
  for await (const item of paged) {
    read.push(item);
  }
  return read;
}

/** Says what was expected, and what was there instead. Values that print alike are equal. */
export function equal(actual, expected, what) {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) {
    throw new Error(`${what}: expected ${should}, got ${is}`);
  }
}

/** Expects a refusal, which the SDK makes an error with a status and the code of the body. */
export async function refused(call, status, code) {
  try {
    await call;
  } catch (error) {
    equal([error.name, error.statusCode, error.code], ["RestError", status, code], `error (${error.message})`);
    return;
  }
  throw new Error(`expected the error ${status} ${code}, but it was allowed`);
}
