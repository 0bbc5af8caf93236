// Every check against the service, in Node.

import { runChecks } from "./checks.mjs";
import { connectionString, sdk } from "./sdk.mjs";

const { lines, failed } = await runChecks(sdk, connectionString);
console.log(lines.join("\n"));
process.exit(failed === 0 ? 0 : 1);
