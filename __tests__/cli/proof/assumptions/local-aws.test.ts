/** The experiments on the local AWS, where they must find exactly what the project assumes. */
import { EXPERIMENTS } from "../../../../cli/proof/assumptions/experiments";
import { Sandbox } from "./sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation();
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox.stop());

describe("factory prove --assumptions on the local AWS", () => {
  test("finds the assumed answer to every question, and leaves nothing behind", async () => {
    const { experiments, left } = await sandbox.report();
    expect(experiments.filter(({ result }) => result !== "as-assumed")).toEqual([]);
    expect(experiments.map(({ id }) => id)).toEqual(EXPERIMENTS.map(({ id }) => id));
    expect(left).toEqual([]);
    expect(await sandbox.left()).toEqual([]);
  });
});
