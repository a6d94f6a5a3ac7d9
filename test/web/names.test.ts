import { expect, it } from "vitest";
import { freePort } from "../support/free-port.js";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, RECORDING } from "./support/recording.js";
import { startStudio } from "./support/studio.js";

/** Nothing may stand in the browser's console (see useBrowser): what a page's policy forbids would. */
describeInBrowser("the pages under their content security policies", () => {
  const visit = useBrowser();

  it("work behind a public name as behind the address: a run from upload to result, and a query in GraphiQL", async () => {
    const port = await freePort();
    const publicUrl = `http://studio.localhost:${port}`;
    await startStudio({ PORT: String(port), PUBLIC_URL: publicUrl });
    const page = await visit();
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(publicUrl);
    await chooseFile(page, RECORDING);
    await page.getByRole("textbox", { name: "Prompt" }).fill("by another name");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Outside the mask: identical").waitFor();
    expect(new Set(sockets)).toEqual(new Set([`ws://studio.localhost:${port}/graphql`]));

    await page.getByRole("link", { name: "GraphiQL" }).click();
    await page.getByRole("tab").nth(4).waitFor();
    expect(page.url()).toBe(`${publicUrl}/graphiql`);
  });

  it("show no way to GraphiQL where nobody may see the schema", async () => {
    const studio = await startStudio({ INTROSPECTION: "off" });
    const page = await visit();
    await page.goto(studio.url);
    await page.getByText("Local engine").waitFor();
    expect(await page.getByRole("link", { name: "GraphiQL" }).count()).toBe(0);
    expect((await fetch(`${studio.url}/graphiql`)).status).toBe(404);
    const visitToApi = await fetch(studio.graphqlUrl, { headers: { accept: "text/html" }, redirect: "manual" });
    expect(visitToApi.headers.get("location")).toBeNull();
    expect(await visitToApi.text()).not.toMatch(/graphiql/i);
  });
});
