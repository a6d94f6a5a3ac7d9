import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { useStudio } from "./support/studio.js";

describeInBrowser("GraphiQL", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("is where a browser's visit to the API leads, with our operations in its tabs", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.graphqlUrl);
    expect(page.url()).toBe(`${studio.url}/graphiql`);
    const tabs = page.getByRole("tab");
    await tabs.nth(4).waitFor();
    // A tab is there before its name.
    await expect
      .poll(() => tabs.allInnerTexts())
      .toEqual(["CreateAudioUpload", "InpaintAudio", "InpaintProgress", "InpaintJobs", "CancelInpaint"]);
  });

  it("runs a query over HTTP from one of its tabs, in the dark too, and asks nobody else", async () => {
    const studio = studioOf();
    const { id } = await studio.submit({ prompt: "to be listed" });
    const page = await visit({ colorScheme: "dark" });
    const answered = () => page.waitForResponse((response) => response.url() === studio.graphqlUrl);
    const introspected = answered();
    await page.goto(`${studio.url}/graphiql`);
    await introspected;
    const editor = page.locator(".graphiql-query-editor");
    await editor.getByText("CreateAudioUpload").first().waitFor();
    await page.getByRole("tab").nth(3).click();
    await editor.getByText("InpaintJobs").first().waitFor();
    const shown = page.locator(".graphiql-response").getByText(id).first();
    // The page may still be setting up the tab it has just shown, and then runs nothing.
    await expect
      .poll(async () => {
        const answering = answered();
        await page.getByRole("button", { name: /Execute query/ }).click();
        await answering;
        return shown.waitFor({ timeout: 3_000 }).then(
          () => "shown",
          () => "not shown",
        );
      })
      .toBe("shown");
    const ground = await page
      .locator(".graphiql-container")
      .evaluate((container) => getComputedStyle(container).backgroundColor);
    expect(ground).toBe("rgb(33, 42, 59)");
  });

  it("runs a subscription over WebSocket", async () => {
    const studio = studioOf();
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
