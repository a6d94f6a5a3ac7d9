// @ts-check
// The limit: node:http that reads the request and answers with a text made beforehand, as long as the bench's answers.
import { createServer } from "node:http";

const [, , , , bytes = "2600"] = process.argv;
const text = JSON.stringify({ data: { inpaintJob: { id: "x".repeat(Number(bytes)) } } });
const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(text));
});
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/graphql`);
});
