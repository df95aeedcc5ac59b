import { membershipOf, Organization } from "../../cli/organization";

function awsError(name: string): Error {
  return Object.assign(new Error("no"), { name, $metadata: {} });
}

/** An account in an OU, which is in another one. */
const PARENTS: Readonly<Record<string, string>> = { "1": "ou-b", "2": "ou-b", "ou-b": "ou-a" };

/** @param failures - errors of the first questions; `undefined` is an answer */
function organizationWith(...failures: (Error | undefined)[]) {
  const asked: string[] = [];
  const pauses: number[] = [];
  const organization = new Organization(
    async (child) => {
      asked.push(child);
      const failure = failures.shift();
      if (failure) throw failure;
      const Id = PARENTS[child];
      return [Id === undefined ? { Type: "ROOT" } : { Type: "ORGANIZATIONAL_UNIT", Id }];
    },
    async (milliseconds) => void pauses.push(milliseconds),
  );
  return { organization, asked, pauses };
}

test("an organization is asked each question once, one at a time", async () => {
  const { organization, asked } = organizationWith();
  const found = await Promise.all(["1", "2"].map((id) => organization.membershipOf(id)));
  expect(found).toEqual([
    ["ou-b", "ou-a"],
    ["ou-b", "ou-a"],
  ]);
  expect(asked).toEqual(["1", "2", "ou-b", "ou-a"]);
  expect(organization.problem).toBeUndefined();
});

test("an organization that throttles is asked again after longer and longer pauses", async () => {
  const throttled = Array.from({ length: 3 }, () => awsError("TooManyRequestsException"));
  const { organization, pauses } = organizationWith(...throttled);
  expect(await organization.membershipOf("1")).toEqual(["ou-b", "ou-a"]);
  expect(pauses).toEqual([1_000, 2_000, 4_000]);
});

test("an organization that doesn't answer isn't asked again, and the problem is known", async () => {
  for (const [name, questions] of [
    ["AccessDeniedException", 1],
    ["TooManyRequestsException", 6],
  ] as const) {
    const failures = Array.from({ length: 9 }, () => awsError(name));
    const { organization, asked } = organizationWith(...failures);
    const found = await Promise.all(["1", "2"].map((id) => organization.membershipOf(id)));
    expect(found).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(questions);
    expect(organization.problem).toBe(`${name}: no`);
  }
});

test("an account that the organization doesn't contain is outside, and others are asked about", async () => {
  const { organization } = organizationWith(awsError("ChildNotFoundException"));
  expect(await organization.membershipOf("9")).toBe("outside");
  expect(await organization.membershipOf("1")).toEqual(["ou-b", "ou-a"]);
  expect(organization.problem).toBeUndefined();
});

test("a defect isn't taken for an organization that doesn't answer", async () => {
  const { organization } = organizationWith(new TypeError("a defect"));
  await expect(organization.membershipOf("1")).rejects.toThrow("a defect");
});

test("membershipOf returns no OU for an account at the root", async () => {
  expect(await membershipOf("1", async () => [{ Type: "ROOT", Id: "r-1" }])).toEqual([]);
});
