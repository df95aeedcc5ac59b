import { currentVersion, issuedVersions } from "../../config/ledger";

const entries = { base: { versions: ["1.0.2", "1.2.0", "2.0.1"] } };

test("the current version is the last one", () => {
  expect(currentVersion(entries, "base")).toBe("2.0.1");
});

test("every patch up to the newest of its major.minor was issued", () => {
  expect(issuedVersions(entries, "base")).toEqual(["2.0.1", "2.0.0", "1.2.0", "1.0.2", "1.0.1", "1.0.0"]);
});

test("what was never given a version is refused", () => {
  expect(() => currentVersion(entries, "web")).toThrow("factory.lock.json has no version for 'web'");
});
