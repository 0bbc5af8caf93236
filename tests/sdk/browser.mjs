// Every check against the service, in a browser: a page of another origin than the service, with the SDK in it.
//
// NATTER_DRIVER is the address of a browser's driver, NATTER_CAPABILITIES what it is to be told of the browser,
// NATTER_ESBUILD the folder of the bundler and NATTER_PACKAGES that of the SDK.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { endpoint } from "./people.mjs";

const { COMMUNICATION_SAMPLES_CONNECTION_STRING: connectionString, NATTER_PACKAGES: packages } = process.env;
const PAGE = '<!doctype html><meta charset="utf-8"><title>A page</title><script type="module" src="page.js"></script>';
const MINUTES_MS = 3 * 60_000;

const esbuild = createRequire(join(process.env.NATTER_ESBUILD, "package.json"))("esbuild");
const bundle = esbuild.buildSync({
  entryPoints: [fileURLToPath(new URL("page.mjs", import.meta.url))],
  bundle: true,
  format: "esm",
  logLevel: "warning",
  mainFields: ["browser", "module", "main"],
  nodePaths: [join(packages, "node_modules")],
  write: false,
});

// The page may ask nobody but the service.
const policy = `default-src 'none'; script-src 'self'; connect-src ${endpoint(connectionString)}`;
const host = createServer((request, response) => {
  const files = {
    "/": ["text/html", PAGE],
    "/page.js": ["text/javascript", bundle.outputFiles[0].contents],
  };
  const [type, content] = files[request.url] ?? [];
  response.writeHead(type ? 200 : 404, { "Content-Type": type ?? "text/plain", "Content-Security-Policy": policy });
  response.end(content);
});
await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));

/** Asks the driver (https://www.w3.org/TR/webdriver2/). */
async function driver(method, path, body) {
  const address = `${process.env.NATTER_DRIVER}${path}`;
  const answer = await fetch(address, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
  }
  return value;
}

// The browser knows nothing of the service's authority; who it is talking to is Node's test.
const alwaysMatch = {
  ...JSON.parse(process.env.NATTER_CAPABILITIES),
  acceptInsecureCerts: true,
  timeouts: { script: MINUTES_MS, pageLoad: MINUTES_MS },
};
const { sessionId } = await driver("POST", "/session", { capabilities: { alwaysMatch } });
let failed = true;
try {
  await driver("POST", `/session/${sessionId}/url`, { url: `http://127.0.0.1:${host.address().port}/` });
  const result = await driver("POST", `/session/${sessionId}/execute/async`, {
    script: `const [connectionString, tell] = arguments;
      acceptance(connectionString).then(tell, (error) => tell({ lines: [error.stack], failed: 1, stopped: [] }));`,
    args: [connectionString],
  });
  console.log(result.lines.join("\n"));
  console.log(`asked others than the service: ${result.stopped.join(", ") || "nobody"}`);
  failed = result.failed > 0 || result.stopped.length > 0;
} finally {
  await driver("DELETE", `/session/${sessionId}`);
  host.close();
}
process.exit(failed ? 1 : 0);
