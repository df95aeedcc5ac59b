import { printWarnings, reportError } from "../../cli/report";
import { ConfigError } from "../../config/problems";

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, "error").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

test("printWarnings prints the file and each warning with its path, and leaves the exit code", () => {
  printWarnings("factory.yaml", [
    { path: ["images", "base", "schedule"], message: "runs every minute", severity: "warning" },
    { path: ["images"], message: "are many", rule: "many-images", severity: "warning" },
  ]);
  expect(printed).toEqual([
    "factory.yaml has 2 warnings:\n  images.base.schedule: runs every minute\n  images: are many [many-images]",
  ]);
  expect(process.exitCode ?? 0).toBe(0);
});

test.each<[string, Error, string]>([
  ["the message of a user's mistake", new ConfigError("wrong file"), "wrong file"],
  [
    "the name and message of an AWS error",
    Object.assign(new Error("not allowed"), { name: "AccessDeniedException", $metadata: {} }),
    "AccessDeniedException: not allowed",
  ],
  [
    "the name and message of missing credentials",
    Object.assign(new Error("no providers"), { name: "CredentialsProviderError" }),
    "CredentialsProviderError: no providers",
  ],
  [
    "the message of an operating system error",
    Object.assign(new Error("EACCES: permission denied, open 'x'"), { syscall: "open" }),
    "Error: EACCES: permission denied, open 'x'",
  ],
])("reportError prints only %s, and sets exit code 1", (_what, error, text) => {
  reportError(error);
  expect(printed).toEqual([text]);
  expect(process.exitCode).toBe(1);
});

test("reportError prints the stack trace of a defect, and sets exit code 1", () => {
  reportError(new TypeError("a defect"));
  expect(printed.join()).toMatch(/^TypeError: a defect\n {4}at .*report\.test\.ts:\d+:\d+/);
  expect(process.exitCode).toBe(1);
});
