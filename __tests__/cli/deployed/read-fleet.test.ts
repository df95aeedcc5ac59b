import type { FleetAccess } from "../../../cli/deployed/fleet-access";
import type { Instance } from "../../../cli/deployed/fleet-join";
import { type FleetQuery, readFleet } from "../../../cli/deployed/read-fleet";
import { ConfigError } from "../../../config/problems";
import { watermarkKey } from "../../../contract/watermark";
import { loadMinimal } from "../../../tools/fixtures/factory-file";

const ARN = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/";
const GOLDEN: FleetQuery["golden"] = {
  builds: [
    { arn: `${ARN}1`, amis: ["ami-1"], revoked: "INC-7" },
    { arn: `${ARN}2`, amis: ["ami-2"] },
    { arn: `${ARN}3`, amis: ["ami-3"] },
  ],
  channels: [
    {
      image: "base",
      region: "eu-west-1",
      builds: new Map([[`${ARN}2`, 0]]),
      audience: ["222222222222"],
    },
    {
      image: "base",
      region: "eu-west-1",
      builds: new Map([[`${ARN}3`, 0]]),
      audience: ["arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111"],
    },
  ],
  lists: [
    {
      image: "base",
      region: "eu-west-1",
      isComplete: true,
      areSharesKnown: true,
      isInFile: true,
    },
  ],
};

const [PAYMENTS] = loadMinimal().apps;
if (!PAYMENTS) throw new Error("the minimal factory has an app account");

function instance(id: string, ami: string, changes: Partial<Instance> = {}): Instance {
  return { id, ami, amiOwner: "111111111111", watermarks: [], ...changes };
}

function query(access: Partial<FleetAccess>, changes: Partial<FleetQuery> = {}): FleetQuery {
  return {
    accounts: [PAYMENTS as never],
    golden: GOLDEN,
    sharedAccount: "111111111111",
    regionsOf: () => ["eu-west-1", "us-east-1"],
    open: async () => ({
      instances: async function* () {},
      parents: async () => new Map(),
      ...access,
    }),
    organization: { membershipOf: async () => undefined, problem: undefined },
    now: 86_400_000,
    ...changes,
  };
}

function only(page: readonly Instance[]): Partial<FleetAccess> {
  return {
    instances: async function* (region) {
      if (region === "eu-west-1") yield page;
    },
  };
}

function awsError(name: string, message = "no"): Error {
  return Object.assign(new Error(message), { name, $metadata: {} });
}

async function statesOf(changes: Partial<FleetQuery>): Promise<string[]> {
  const page = ["ami-1", "ami-2", "ami-3"].map((ami) => instance(`i-${ami}`, ami));
  const { rows } = await readFleet(query(only(page), changes));
  return rows.map(({ ami, state }) => `${ami} ${state}`);
}

test("an account's instances are compared with the newest build of its channels", async () => {
  expect(await statesOf({})).toEqual(["ami-1 revoked", "ami-2 current", "ami-3 current"]);
  expect(
    await statesOf({
      organization: { membershipOf: async () => ["ou-abcd-11111111"], problem: undefined },
    }),
  ).toEqual(["ami-1 revoked", "ami-2 behind", "ami-3 current"]);
});

test("AWS Organizations isn't asked if all channels are for accounts", async () => {
  const asked: unknown[] = [];
  const channels = GOLDEN.channels.slice(0, 1);
  const membershipOf = async (account: unknown) => void asked.push(account);
  const organization = { membershipOf, problem: undefined };
  await statesOf({ golden: { ...GOLDEN, channels }, organization } as never);
  expect(asked).toEqual([]);
});

test("an account without credentials and a Region that can't be read don't hide the others", async () => {
  const other = { ...PAYMENTS, name: "orders", id: "333333333333" } as never;
  const { rows, problems } = await readFleet({
    ...query({}),
    accounts: [other, PAYMENTS as never],
    open: async ({ name }) => {
      if (name === "orders") throw new ConfigError("no credentials\nsecond line");
      return {
        instances: async function* (region) {
          yield [instance(`i-${region}`, "ami-2")];
          if (region === "us-east-1") throw awsError("UnauthorizedOperation", "not allowed");
        },
        parents: async () => new Map(),
      };
    },
  });
  // The pages before the error count.
  expect(rows.flatMap((row) => row.instances)).toEqual(["i-eu-west-1", "i-us-east-1"]);
  expect(problems).toEqual([
    { account: "orders", message: "no credentials" },
    { account: "payments", region: "us-east-1", message: "UnauthorizedOperation: not allowed" },
  ]);
});

test("a Region that the account hasn't enabled is no problem, unless no Region accepts the credentials", async () => {
  const rejecting = (...regions: string[]): Partial<FleetAccess> => ({
    instances: async function* (region) {
      if (regions.includes(region)) throw awsError("AuthFailure");
      yield [instance("i-1", "ami-2")];
    },
  });
  const one = await readFleet(query(rejecting("us-east-1")));
  expect([one.rows.length, one.problems]).toEqual([1, []]);
  const all = await readFleet(query(rejecting("eu-west-1", "us-east-1")));
  expect(all.problems).toEqual([{ account: "payments", message: "AuthFailure: no" }]);
});

test("instances of app images count as on their golden parent, by watermark or by the account's builds", async () => {
  const mine = { amiOwner: "222222222222" };
  const marked = {
    key: watermarkKey(`${ARN}1`),
    sourceId: "ami-1",
    sourceRegion: "eu-west-1",
    attachedAt: 1,
  };
  const asked: string[][] = [];
  const { rows, notes } = await readFleet(
    query({
      ...only([
        instance("i-1", "ami-marked", { ...mine, watermarks: [marked] }),
        instance("i-2", "ami-own", mine),
        instance("i-3", "ami-foreign", { amiOwner: "137112412989" }),
        instance("i-4", "ami-other", mine),
      ]),
      parents: async (amis) => {
        asked.push([...amis]);
        return new Map([["ami-own", `${ARN}2`]]);
      },
    }),
  );
  expect(rows.map(({ ami, state }) => `${ami} ${state}`)).toEqual([
    "ami-foreign unknown",
    "ami-marked revoked",
    "ami-own current",
    "ami-other unknown",
  ]);
  expect(asked).toEqual([["ami-marked", "ami-own", "ami-other"]]);
  expect(notes).toEqual([]);
});

test("what isn't known about the account's own AMIs is a note", async () => {
  const mine = { amiOwner: "222222222222" };
  const watermarks = [
    { key: watermarkKey(`${ARN}2`), sourceId: "ami-2", sourceRegion: "eu-west-1", attachedAt: 1 },
  ];
  const page = [
    ...[1, 2].map((id) => instance(`i-${id}`, "ami-own", mine)),
    instance("i-3", "ami-marked", { ...mine, watermarks }),
  ];
  const noParents: Partial<FleetAccess> = {
    parents: () => Promise.reject(awsError("AccessDeniedException", "not allowed")),
  };
  const { rows, notes, problems } = await readFleet(query({ ...only(page), ...noParents }));
  expect(rows).toMatchObject([
    { state: "unknown", instances: ["i-1", "i-2"] },
    { state: "current", instances: ["i-3"] },
  ]);
  expect(problems).toEqual([]);
  expect(notes).toEqual([
    {
      account: "payments",
      message:
        "2 instances run AMIs of the account without a watermark, and the parents of its builds can't be read: AccessDeniedException: not allowed",
    },
  ]);
});

test("a defect isn't reported as an account that can't be looked at", async () => {
  const open = () => Promise.reject(new TypeError("a defect"));
  await expect(readFleet(query({}, { open }))).rejects.toThrow("a defect");
});

test("300 accounts with 4 pages of 500 instances each are looked at ten at a time", async () => {
  const accounts = Array.from({ length: 300 }, (_, index) => ({
    ...PAYMENTS,
    name: `app-${index}`,
    id: String(300_000_000_000 + index),
  })) as never;
  let open = 0;
  let most = 0;
  const { rows, problems } = await readFleet({
    ...query({}),
    accounts,
    open: async ({ name }) => {
      if (name.endsWith("99")) throw new ConfigError("no credentials");
      open += 1;
      most = Math.max(most, open);
      let regions = 0;
      return {
        parents: async () => new Map(),
        instances: async function* (region) {
          for (let page = 0; page < 2; page += 1) {
            await new Promise((resolve) => setImmediate(resolve));
            yield Array.from({ length: 500 }, (_, index) =>
              instance(`i-${name}-${region}-${page}-${index}`, `ami-${index % 4}`),
            );
          }
          regions += 1;
          if (regions === 2) open -= 1;
        },
      };
    },
  });
  const counts = (state: string): number =>
    rows.filter((row) => row.state === state).reduce((sum, row) => sum + row.instances.length, 0);
  expect(most).toBe(10);
  expect(problems).toHaveLength(3);
  // Outside the channel for the account, so that the channel for an OU counts.
  for (const state of ["unknown", "revoked", "behind", "current"])
    expect([state, counts(state)]).toEqual([state, 297 * 500]);
});
