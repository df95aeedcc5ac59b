/** Factory files of all kinds that are right, for what has to hold for any. */
import * as fc from "fast-check";
import { aContainer, aFactory, type Raw } from "../support/factory-file";

const UNITS = ["ou-abcd-11111111", "ou-abcd-22222222", "ou-efgh-33333333"];
const ACCOUNTS = ["222222222222", "333333333333", "444444444444"];

const principals = fc.oneof(
  fc.constant({ organization: true }),
  fc.record({ organizationalUnits: fc.subarray(UNITS, { minLength: 1 }) }),
  fc.record({ accounts: fc.subarray(ACCOUNTS, { minLength: 1 }) }),
);

const channel = fc.record(
  {
    principals,
    keep: fc.integer({ min: 1, max: 5 }),
    bakeHours: fc.constantFrom(0, 72),
    approval: fc.constantFrom("automatic", "required"),
    maxAgeDays: fc.integer({ min: 1, max: 90 }),
  },
  { requiredKeys: ["principals"] },
);

const image = fc.record({
  channels: fc.dictionary(fc.constantFrom("canary", "stable", "partners"), channel, { maxKeys: 3 }),
  isGolden: fc.boolean(),
  retain: fc.boolean(),
  isElsewhere: fc.boolean(),
  isCopied: fc.boolean(),
  parameter: fc.constantFrom(undefined, undefined, "/imagebuilder/base", "/golden/base"),
  workflows: fc.constantFrom<Raw>(undefined, undefined, {}, { tests: [{ document: "gate.yaml" }] }),
});

const container = fc.record({
  channels: fc.dictionary(fc.constantFrom("canary", "stable"), channel, { maxKeys: 2 }),
  isGolden: fc.boolean(),
  workflows: fc.constantFrom<Raw>(undefined, undefined, { tests: [{ document: "gate.yaml" }] }),
});

/** Whether it is certain that a channel is for an account. */
const reaches =
  (id: string) =>
  ({ principals: of }: { readonly principals: object }): boolean =>
    "organization" in of || ("accounts" in of && (of.accounts as string[]).includes(id));

/** A factory file, to be written beside the documents that it names. */
export const factoryFile: fc.Arbitrary<Raw> = fc
  .record({
    images: fc.dictionary(fc.constantFrom("base", "data", "web"), image, { minKeys: 1, maxKeys: 3 }),
    containers: fc.dictionary(fc.constantFrom("runtime", "java"), container, { maxKeys: 2 }),
    regions: fc.subarray(["eu-west-1", "us-east-1"], { minLength: 1 }),
    apps: fc.subarray(ACCOUNTS, { maxLength: 2 }),
    autoScaling: fc.boolean(),
    protect: fc.boolean(),
    permissionSets: fc.subarray(["AWSAdministratorAccess", "KeyAdmins"]),
    roles: fc.subarray(["security/keys"]),
    emails: fc.subarray(["on-call@example.com"]),
    repository: fc.constantFrom(undefined, undefined, undefined, undefined, "acme/golden-images", "acme@12/golden-images@34"),
  })
  .map(({ images, containers, regions, apps, autoScaling, protect, permissionSets, roles, emails, repository }) => {
    const file = aFactory();
    const { base: first, web: child } = file.images;
    const names = Object.keys(images);
    file.tags = { team: "platform" };
    if (repository) file.ci = { github: { repository } };
    file.sharedAccount = {
      ...file.sharedAccount,
      regions: Object.fromEntries(regions.map((region) => [region, {}])),
      protect,
      keyAdministrators: { permissionSets, roles },
      ...(emails.length > 0 && { notify: { emails } }),
    };
    file.images = Object.fromEntries(
      Object.entries(images).map(
        ([name, { channels, isGolden, retain, isElsewhere, isCopied, parameter, workflows }], index) => {
          const isChild = isGolden && index > 0;
          const entry = isChild ? { ...child, parent: { golden: names[0] } } : first;
          const share = Object.keys(channels).length > 0 ? { share: { channels } } : { share: undefined };
          // Not the first, which others are built on.
          const places = isElsewhere && index > 0 ? { regions: regions.slice(-1) } : {};
          const bakedIn = "regions" in places ? 1 : regions.length;
          const copies = isCopied && bakedIn === 1 ? { copyToRegions: ["ap-south-1"] } : {};
          // A parameter of a Region is one image's.
          const outputs = { ...copies, ...(index === 0 && { parameter }) };
          return [name, { ...entry, ...share, ...places, outputs, workflows, ...(retain && { retain: { builds: 20 } }) }];
        },
      ),
    );
    const [parent] = Object.keys(containers);
    file.containers = Object.fromEntries(
      Object.entries(containers).map(([name, { channels, isGolden, workflows }]) => {
        const share = Object.keys(channels).length > 0 ? { share: { channels } } : {};
        return [name, { ...aContainer(isGolden && name !== parent ? { golden: parent } : undefined), ...share, workflows }];
      }),
    );
    file.appAccounts = Object.fromEntries(
      apps.map((id, index) => [
        `app-${index}`,
        {
          id,
          autoScaling:
            autoScaling &&
            Object.entries(images).some(
              ([name, { channels }]) =>
                (file.images[name].regions ?? regions).includes(regions[index % regions.length]) &&
                Object.values(channels).some(reaches(id)),
            ),
          regions: { [regions[index % regions.length] ?? ""]: {} },
          containers: index === 1 && parent !== undefined ? { [`api-${index}`]: aContainer() } : {},
          images: { [`web-${index}`]: { ...child, parent: { awsManaged: "amazon-linux-2023-x86" } } },
        },
      ]),
    );
    return JSON.parse(JSON.stringify(file));
  });
