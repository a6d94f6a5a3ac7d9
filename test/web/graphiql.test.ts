import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { startStudio } from "./support/studio.js";

describeInBrowser("GraphiQL", () => {
  const visit = useBrowser();

  it("is where a browser's visit to the API leads, with our operations in its tabs", async () => {
    const studio = await startStudio();
    const page = await visit();
    await page.goto(studio.graphqlUrl);
    expect(page.url()).toBe(`${studio.url}/graphiql`);
    const tabs = page.getByRole("tab");
    await tabs.nth(4).waitFor();
    const names = (await tabs.allTextContents()).map((text) => /^[A-Z]\w+?(?=ob icon|$)/.exec(text)?.[0]);
    expect(names).toEqual(["CreateAudioUpload", "InpaintAudio", "InpaintProgress", "InpaintJobs", "CancelInpaint"]);
  });

  it("runs a subscription over WebSocket", async () => {
    const studio = await startStudio();
    const { id } = await studio.submit();
    const page = await visit();
    await page.addInitScript((query) => {
      const tab = { query, variables: "", headers: "" };
      localStorage.setItem(
        "graphiql:tabState",
        JSON.stringify({ tabs: [{ ...tab, id: "a", hash: "a" }], activeTabIndex: 0 }),
      );
      localStorage.setItem("graphiql:query", query);
    }, `subscription { inpaintProgress(jobId: "${id}") { status job { requestId } } }`);
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await page.goto(`${studio.url}/graphiql`);
    await page.locator(".graphiql-query-editor").getByText("inpaintProgress").waitFor();
    await page.getByRole("button", { name: /Execute query/ }).click();
    await page.locator(".graphiql-response").getByText("inpaintProgress").waitFor();
    expect(sockets).toEqual([studio.graphqlUrl.replace("http", "ws")]);
  });
});
