import { createApiKey } from "../services/access/api-keys.js";

/** `npm run key -- <name>`: makes an API key for a caller and prints both halves. Nothing is stored. */
const [, , name = "default"] = process.argv;
if (/^[\w.-]{1,64}$/.test(name)) {
  const { secret, entry } = createApiKey(name);
  console.log(`For the caller, who sends it as \`Authorization: Bearer …\`; it is not shown again:\n  ${secret}`);
  console.log(`For the server, with AUTH=keys; commas between several:\n  API_KEYS=${entry}`);
  console.log(`Or, to read /metrics, with METRICS=key:\n  METRICS_KEY=${entry}`);
} else {
  console.error("A key's name may have 1 to 64 letters, digits, dots, dashes and underscores: npm run key -- studio");
  process.exitCode = 1;
}
