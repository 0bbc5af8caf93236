// Every check against the service, in a page.

import * as chat from "@azure/communication-chat";
import * as common from "@azure/communication-common";
import * as identity from "@azure/communication-identity";
import { runChecks } from "./checks.mjs";

const stopped = [];
addEventListener("securitypolicyviolation", (event) => {
  if (event.effectiveDirective === "connect-src") {
    stopped.push(event.blockedURI);
  }
});

globalThis.acceptance = async (connectionString) => {
  const result = await runChecks({ chat, common, identity }, connectionString);
  return { ...result, stopped };
};
