import { assertEquals } from "@std/assert";
import { HttpError } from "../../../src/web/http_error.ts";
import { answerErrors } from "../../../src/web/middleware/errors.ts";
import { get } from "../fakes.ts";

Deno.test("answerErrors() tells of our own faults only, whether thrown or rejected", async () => {
  const told: unknown[] = [];
  const options = { onError: (error: unknown) => told.push(error) };
  const fault = new Error("fault");
  const refusal = new HttpError(404, "Not here");
  const statuses: number[] = [];
  for (const error of [fault, refusal]) {
    const handlers = [() => Promise.reject(error), () => {
      throw error;
    }];
    for (const handler of handlers) statuses.push((await answerErrors(handler, options)(get("/"))).status);
  }
  assertEquals(statuses, [500, 500, 404, 404]);
  assertEquals(told, [fault, fault]);
});
