import { GraphQLError } from "graphql";
import { describe, expect, it } from "vitest";
import { describeFailure } from "../../src/demo/describe-failure.js";

describe("describeFailure", () => {
  it("follows the chain of causes", () => {
    const failure = new Error("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:4000") });

    expect(describeFailure(failure)).toBe("fetch failed: connect ECONNREFUSED 127.0.0.1:4000");
  });

  it("joins the errors a subscription ended with", () => {
    const failure = [new GraphQLError("There is no such job."), { message: "Another." }];

    expect(describeFailure(failure)).toBe("There is no such job. Another.");
  });

  it("tells a closed socket's code and reason", () => {
    expect(describeFailure({ code: 1001, reason: "Going away" })).toBe(
      "The server closed the connection (1001 Going away).",
    );
  });
});
