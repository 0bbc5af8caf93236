// The SDK in Node, out of the folder into which the packages were installed, with what it may not do.

import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.env.NATTER_PACKAGES, "package.json"));

export const sdk = {
  chat: load("@azure/communication-chat"),
  common: load("@azure/communication-common"),
  identity: load("@azure/communication-identity"),
};

export const connectionString = process.env.COMMUNICATION_SAMPLES_CONNECTION_STRING;

// Nothing but the service may be asked, least of all the signalling servers that the SDK knows by name.
subscribe("http.client.request.start", ({ request }) => {
  if (request.host !== "localhost") {
    console.error(`asked ${request.host}, which is not the service`);
    process.exit(1);
  }
});
