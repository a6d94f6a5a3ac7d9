// @ts-check
// Does what the Dockerfile's last stage says, without Docker: installs what production needs into a folder of its own,
// starts the server by CMD with the image's environment, asks HEALTHCHECK's command, runs one query, stops it.
//   --as-installed: in this folder, with the packages that are here, for where no registry can be reached.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const asInstalled = process.argv.includes("--as-installed");
const stages = readFileSync("Dockerfile", "utf8").split(/^FROM /m);
const image = stages.at(-1) ?? "";

/** @param {string} stage @param {RegExp} instruction whose first group is what is asked for */
function read(stage, instruction) {
  const found = instruction.exec(stage)?.[1];
  if (found === undefined) throw new Error(`The Dockerfile has nothing like ${instruction}.`);
  return found;
}

/** @type {string[]} */
const start = JSON.parse(read(image, /^CMD (\[.*\])$/m));
/** @type {string[]} */
const healthCheck = JSON.parse(read(image, /^HEALTHCHECK .*CMD (\[.*\])$/m));
const dependencies = stages.find((stage) => stage.includes("AS dependencies")) ?? "";
const install = read(dependencies, /^RUN (npm ci .*)$/m);
const environment = Object.fromEntries(
  [...image.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
);

/** What a stage copies from the project. @param {string} stage */
function copiedBy(stage) {
  return [...stage.matchAll(/^COPY (?:--from=build )?(\S.*) \S+$/gm)]
    .flatMap(([line, paths = ""]) => (line.includes("--from=dependencies") ? [] : paths.split(" ")))
    .map((path) => path.replace(/^\/app\//, ""));
}

const folder = mkdtempSync(join(tmpdir(), "punchin-image-"));
const root = asInstalled ? process.cwd() : folder;
try {
  if (!asInstalled) {
    copy(copiedBy(dependencies));
    const { status } = spawnSync(install, { cwd: folder, stdio: "inherit", shell: true });
    if (status !== 0) throw new Error(`\`${install}\` failed.`);
    copy(copiedBy(image));
  }
  await checkServer();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string[]} paths */
function copy(paths) {
  for (const path of paths) cpSync(path, join(folder, path), { recursive: true });
}

async function checkServer() {
  const env = {
    PATH: process.env.PATH,
    ...environment,
    // The image listens to the world; a check on somebody's machine should not.
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    DATA_DIR: join(folder, "data"),
  };
  if (isHealthy(env)) throw new Error("The health check says that all is well before the server is started.");
  const [command = "", ...rest] = start;
  const server = spawn(command, rest, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    await Promise.race([
      once(server.stdout, "data"),
      ended.then(([code]) => {
        throw new Error(`\`${start.join(" ")}\` ended with ${code}.`);
      }),
    ]);
    if (!isHealthy(env)) throw new Error(`\`${healthCheck.join(" ")}\` fails while the server serves.`);
    const url = `http://127.0.0.1:${env.PORT}`;
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ service { version engine } }" }),
    });
    const text = await answer.text();
    if (!text.includes('"engine":"LOCAL"')) throw new Error(`A query was answered: ${text}`);
    const page = await fetch(`${url}/`);
    if (!page.ok) throw new Error(`The Studio's page was answered ${page.status}.`);
    server.kill("SIGTERM");
    const [code] = await ended;
    if (code !== 0) throw new Error(`Told to stop, it exited with ${code}.`);
  } finally {
    server.kill("SIGKILL");
  }
  console.log("The image's install, start and health check work.");
}

/** @param {NodeJS.ProcessEnv} env */
function isHealthy(env) {
  const [command = "", ...rest] = healthCheck;
  return spawnSync(command, rest, { cwd: root, env, timeout: 10_000 }).status === 0;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
